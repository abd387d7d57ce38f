/** The local cloud as a whole, with the project's own stack and real clients. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { type LocalCloud, startLocalCloud } from '../../local/cloud';
import { LocalCloudError } from '../../local/core/errors';
import type { RequestRecord } from '../../local/core/gateway';
import { synthesize } from '../../scripts/local/synthesize';
import { failure } from '../support/failure';
import { isGone } from '../support/processes';
import { until } from '../support/until';
import { writeFixture } from './support/fixture-stack';

const OBJECTS = 20;

describe('the local cloud', () => {
  let folder: string;
  let bucketFolder: string;
  let stackFolder: string;
  let cloud: LocalCloud;
  let sfn: SFNClient;
  const requests: RequestRecord[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cloud-test-'));
    bucketFolder = join(folder, 'bucket');
    mkdirSync(join(bucketFolder, 'data'), { recursive: true });
    for (let index = 0; index < OBJECTS; index++)
      writeFileSync(join(bucketFolder, 'data', `${index}.txt`), `${index}`);
    stackFolder = await synthesize(join(folder, 'cdktf.out'), { processor: 'checksum' });
    cloud = await startLocalCloud({
      stackFolder,
      bucketFolder,
      bootSeconds: 0.1,
      // A worker that is told to stop waits for its polls.
      activityPollSeconds: 1,
      onRequest: (record) => requests.push(record),
    });
    sfn = new SFNClient(cloud.clientConfig);
  });
  after(async () => {
    await cloud?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (input: object) => {
    const stateMachineArn = String(cloud.outputs.state_machine_arn);
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    return executionArn;
  };
  const end = (executionArn: string | undefined) =>
    until(async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status !== 'RUNNING' && execution;
    }, 'the execution ends');
  const fleet = () => [...cloud.services.autoscaling.groups.values()][0];
  const idle = () => until(() => fleet()?.instances.size === 0, 'the fleet is gone');

  it("runs the project's workflow under the permissions of its synthesized policies", async () => {
    const { status, cause, output } = await end(await start({ worker_count: 2, prefix: 'data/' }));
    expect(status, cause).to.equal('SUCCEEDED');
    expect(JSON.parse(output ?? '{}').item_counts).to.deep.include({ Total: OBJECTS, Succeeded: OBJECTS });
    for (let index = 0; index < OBJECTS; index++) {
      const processed = JSON.parse(
        readFileSync(join(bucketFolder, 'processed', 'data', `${index}.txt`), 'utf8'),
      );
      expect(processed).to.have.property('size', String(index).length);
    }
    await idle();
    const callers = new Set(
      requests.map(({ caller, service }) => `${caller?.roleName ?? 'user'} ${service}`),
    );
    expect([...callers].sort()).to.deep.equal([
      'batch-processor-provisioner-us-east-1 autoscaling',
      'batch-processor-provisioner-us-east-1 ecs',
      'batch-processor-provisioner-us-east-1 states',
      'batch-processor-worker-us-east-1 s3',
      'batch-processor-worker-us-east-1 states',
      'batch-processor-workflow-us-east-1 lambda',
      'batch-processor-workflow-us-east-1 s3',
      'batch-processor-workflow-us-east-1 states',
      'user states',
    ]);
    expect(requests.filter(({ status: code }) => code === 403)).to.deep.equal([]);
  });

  it('takes no more requests of workers than each object needs', () => {
    const counts: Record<string, number> = {};
    for (const { caller, service, action } of requests) {
      if (!caller?.roleName?.includes('-worker-')) continue;
      counts[`${service}:${action}`] = (counts[`${service}:${action}`] ?? 0) + 1;
    }
    // A worker that waits opens more polls as time passes: worker.test.ts counts those that it needs.
    const { 'states:GetActivityTask': polls, ...others } = counts;
    expect(polls).to.be.at.least(OBJECTS);
    expect(others).to.deep.equal({
      's3:HeadObject': OBJECTS,
      's3:GetObject': OBJECTS,
      's3:PutObject': OBJECTS,
      'states:SendTaskSuccess': OBJECTS,
    });
  });

  it('takes the fleet down when an execution is stopped in its map: the guard sees its end', async () => {
    const seen: RequestRecord[] = [];
    const slow = await startLocalCloud({
      stackFolder,
      bucketFolder,
      bootSeconds: 0,
      closeSeconds: 0,
      onRequest: (record) => seen.push(record),
    });
    try {
      const client = new SFNClient(slow.clientConfig);
      const stateMachineArn = String(slow.outputs.state_machine_arn);
      const input = JSON.stringify({
        worker_count: 2,
        prefix: 'data/',
        processor: 'simulate',
        parameters: { seconds: 60 },
      });
      const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
      await until(() => seen.some(({ action }) => action === 'GetObject'), 'a worker has an object in hand');
      await client.send(new StopExecutionCommand({ executionArn, error: 'Enough' }));
      const [group] = slow.services.autoscaling.groups.values();
      // The workers have until their stop timeout to end what they have in hand; the instances wait for them.
      await until(() => group?.desired === 0, 'nothing is desired');
      for (const { lifecycleState } of group?.instances.values() ?? [])
        expect(lifecycleState).to.match(/^Terminat/);
    } finally {
      await slow.close();
    }
  });

  it('says in one line why it does not boot', async () => {
    const boot = (options: object) => failure(startLocalCloud({ stackFolder, bucketFolder, ...options }));
    const { port } = new URL(cloud.endpoint);
    for (const [options, message] of [
      [{ port: Number(port) }, `Port ${port} is in use`],
      [{ stackFolder: bucketFolder }, 'run npx cdktf synth first'],
      [{ bucketFolder: join(folder, 'nope') }, 'is not there'],
    ] as const) {
      const error = await boot(options);
      expect(error).to.be.instanceOf(LocalCloudError);
      expect(error.message).to.contain(message).and.not.contain('\n');
    }
  });

  it('leaves no process behind when it is killed without a chance to clean up', async () => {
    const fixture = writeFixture();
    const script = join(__dirname, 'support', 'boot-and-report.ts');
    const child = spawn(
      process.execPath,
      ['-r', 'ts-node/register', script, fixture.folder, fixture.bucketFolder],
      {
        env: { ...process.env, TMPDIR: fixture.folder },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    try {
      const [line] = await once(createInterface({ input: child.stdout }), 'line');
      const pids: number[] = JSON.parse(line);
      expect(pids).to.have.length(3);
      expect(pids.some(isGone)).to.equal(false);
      child.kill('SIGKILL');
      await until(() => pids.every(isGone), 'its children are gone');
      expect(readdirSync(fixture.folder).filter((name) => name.startsWith('s3-batch-local-'))).to.deep.equal(
        [],
      );
    } finally {
      child.kill('SIGKILL');
      fixture.remove();
    }
  });
});
