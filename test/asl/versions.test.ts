/**
 * An execution keeps the definition that it began with, while a deployment replaces functions and workers. So each version must understand
 * what earlier versions send. If this test fails, make the change in another way: readers treat new members as optional, and no member is
 * removed. Then add what the definition sends now to `SENT`; never change its earlier entries.
 */
import { expect } from 'chai';
import type {
  FleetStatus,
  ProvisionerEvent,
  SelectionStatus,
  SelectorEvent,
  Task,
} from '../../runtime/contract';
import { runCall } from '../../runtime/selector/call';
import { KeySet } from '../../runtime/selector/key-set';
import { parseTask } from '../../runtime/worker/tasks/parse-task';
import { BUCKET, startServer, type TestServer } from '../local/services/s3/server';
import { captureLines } from '../runtime/support/lines';
import { ProvisionerCloud } from '../runtime/support/provisioner-cloud';
import { s3Of } from '../runtime/support/s3-of';
import { MAPS, stateOf, taskOf } from './asl';

/** The messages that definitions have sent, the oldest first. Values are examples. */
const SENT = {
  provision: [
    {
      action: 'provision',
      execution_arn: '',
      redrive_count: 0,
      worker_count: 1,
      processor: 'checksum',
      parameters: {},
      started_at: '2026-11-26T10:00:00.000Z',
    },
  ],
  deprovision: [{ action: 'deprovision', execution_arn: '', redrive_count: 0, worker_count: 1 }],
  select: [
    {
      objects: [{ Key: 'a' }],
      execution: 'run',
      started_at: '2026-11-26T10:00:00.000Z',
      bucket: 'bucket',
      processor: 'checksum',
      parameters: {},
      output_prefix: 'processed/',
      force: false,
      call: 0,
    },
    {
      objects: [{ Key: 'a' }],
      execution: 'run',
      started_at: '2026-11-26T10:00:00.000Z',
      bucket: 'bucket',
      output_bucket: 'bucket',
      processor: 'checksum',
      parameters: {},
      output_prefix: 'processed/',
      force: false,
      call: 0,
    },
  ],
  task: [
    {
      bucket: 'bucket',
      objects: [{ Key: 'a' }],
      execution: 'run',
      attempt: 1,
      output_prefix: 'processed/',
      force: false,
      processor: 'checksum',
      parameters: {},
      deaths: 0,
    },
    {
      bucket: 'bucket',
      output_bucket: 'other',
      objects: [{ Key: 'a' }],
      execution: 'run',
      attempt: 1,
      output_prefix: 'processed/',
      force: false,
      processor: 'checksum',
      parameters: {},
      deaths: 0,
    },
  ],
};

/** The members of the answers that definitions have read. Each version of a function gives them. */
const READ = {
  provisioner: ['ready', 'needed', 'desired', 'in_service', 'running', 'reason'],
  selector: ['done', 'selected', 'next_call', 'manifest'],
};

const namesOf = (value: object) => Object.keys(value).sort();

describe('executions that began under an earlier version', () => {
  captureLines();
  const provisioner = new ProvisionerCloud();
  let server: TestServer;
  before(async () => {
    await provisioner.boot();
    server = await startServer();
  });
  after(async () => {
    await server.close();
    await provisioner.close();
  });

  it('send what is listed here, and the last entry is what the definition sends now', () => {
    const payload = (name: string) => stateOf(name).Arguments.Payload;
    expect(namesOf(payload('Provision'))).to.deep.equal(namesOf(SENT.provision.at(-1) ?? {}));
    expect(namesOf(payload('Deprovision'))).to.deep.equal(namesOf(SENT.deprovision.at(-1) ?? {}));
    for (const map of Object.keys(MAPS)) {
      expect(namesOf(taskOf(map).Arguments), map).to.deep.equal(namesOf(SENT.task.at(-1) ?? {}));
    }
    // An expression: the members of the execution's own input come first.
    const [, members = ''] = /\), \{(.*)\}\]\) %\}$/.exec(payload('Select')) ?? [];
    const sent = [...members.matchAll(/'(\w+)': /g)].map(([, name]) => name);
    const { objects: _, ...rest } = SENT.select.at(-1) ?? {};
    expect(sent.sort()).to.deep.equal(namesOf(rest));
  });

  for (const [index, event] of SENT.provision.entries()) {
    it(`get workers from the provisioner, and give them back: version ${index + 1}`, async () => {
      const execution_arn = await provisioner.start(event.worker_count);
      const tell = (sent: object) => provisioner.reconcile({ ...sent, execution_arn } as ProvisionerEvent);
      const started_at = new Date().toISOString();
      const fleet: FleetStatus = await tell({ ...event, started_at });
      expect(fleet).to.include.all.keys(READ.provisioner);
      expect(fleet).to.include({ needed: 1, desired: 1 });
      await tell(SENT.deprovision[index] ?? {});
      expect(provisioner.group.desired).to.equal(0);
      await provisioner.stop(execution_arn);
    });
  }

  for (const [index, event] of SENT.select.entries()) {
    it(`are understood by the selector: version ${index + 1}`, async () => {
      const { client: s3 } = server;
      const context = {
        s3: s3Of(s3),
        ownBucket: BUCKET,
        environment: '',
        keys: new KeySet(),
        processors: {},
      };
      const sent = { ...event, bucket: BUCKET } as SelectorEvent;
      const status: SelectionStatus = await runCall(sent, context, Number.POSITIVE_INFINITY);
      expect(status).to.include.all.keys(READ.selector);
      expect(status).to.include({ done: true, selected: 1 });
    });
  }

  for (const [index, task] of SENT.task.entries()) {
    it(`have tasks that a worker understands: version ${index + 1}`, () => {
      const understood: Task = parseTask(JSON.stringify(task));
      expect(understood).to.deep.include(task);
    });
  }
});
