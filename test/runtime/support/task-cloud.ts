/** The local cloud's Step Functions with an activity, and a state machine whose only state is a task for it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { LocalCloudOptions } from '../../../local/cloud';
import type { ObjectResult, Task } from '../../../runtime/contract';
import { ActivityClient } from '../../../runtime/worker/activity';
import { bootFixture } from '../../local/support/fixture-stack';
import { ended } from '../../support/execution';
import { serviceEnvironment, setEnvironment } from './environment';

export class TaskCloud {
  private constructor(
    private readonly cloud: Awaited<ReturnType<typeof bootFixture>>,
    readonly sfn: SFNClient,
    readonly activityArn: string,
    private readonly stateMachineArn: string,
    private readonly restoreEnvironment: () => void,
  ) {}

  /** Until `close`, the environment lets SDK clients reach it. `heartbeatSeconds`: the heartbeat of the task. */
  static async boot(options: Partial<LocalCloudOptions> = {}, heartbeatSeconds = 60): Promise<TaskCloud> {
    const cloud = await bootFixture(
      { resources: { aws_sfn_activity: { tasks: { name: 'tasks' } } } },
      options,
    );
    const sfn = new SFNClient(cloud.clientConfig);
    const activityArn = `arn:aws:states:${cloud.region}:000000000000:activity:tasks`;
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Task',
      States: {
        Task: { Type: 'Task', Resource: activityArn, HeartbeatSeconds: heartbeatSeconds, End: true },
      },
    };
    const roleArn = 'arn:aws:iam::000000000000:role/function';
    const machine = { name: 'machine', definition: JSON.stringify(definition), roleArn };
    const { stateMachineArn = '' } = await sfn.send(new CreateStateMachineCommand(machine));
    const { endpoint, region, credentials } = cloud;
    const variables = { ...serviceEnvironment(endpoint, credentials), AWS_REGION: region };
    return new TaskCloud(cloud, sfn, activityArn, stateMachineArn, setEnvironment(variables));
  }

  /** A client of the activity, as a worker has one. */
  activity(polls = 1): ActivityClient {
    return new ActivityClient(this.activityArn, 'worker', polls);
  }

  async start(input: unknown): Promise<string> {
    const { stateMachineArn } = this;
    const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
    const { executionArn = '' } = await this.sfn.send(command);
    return executionArn;
  }

  async stop(executionArn: string): Promise<void> {
    await this.sfn.send(new StopExecutionCommand({ executionArn }));
  }

  /** The state of an execution that has ended. */
  ended(executionArn: string) {
    return ended(this, executionArn);
  }

  async close(): Promise<void> {
    this.restoreEnvironment();
    this.sfn.destroy();
    await this.cloud.close();
  }
}

/** A task with these objects. */
export function taskOf(...keys: string[]): Task {
  return {
    bucket: 'bucket',
    output_bucket: 'bucket',
    objects: keys.map((Key) => ({ Key })),
    execution: 'run',
    attempt: 1,
    output_prefix: 'processed/',
    force: false,
    processor: 'gzip',
    parameters: {},
    deaths: 0,
  };
}

export function resultOf(key: string, more: Partial<ObjectResult> = {}): ObjectResult {
  return {
    object_key: key,
    processed_key: `processed/${key}`,
    content: '',
    processing_time: 0.5,
    started_at: '2026-11-23T10:00:00.000Z',
    processed_at: '2026-11-23T10:00:00.500Z',
    worker_id: 'worker',
    attempt: 1,
    bytes_in: 10,
    bytes_out: 3,
    status: 'success',
    ...more,
  };
}

/** The program of a slot here. Each object is done at once, unless its key says otherwise. Its result names the process. */
const SLOT = `
const { spawn } = require('node:child_process');
const { mkdirSync, writeFileSync } = require('node:fs');
const [, , scratch] = process.argv;
const ballast = [];
const acts = {
  hang: () => new Promise(() => {}),
  'beside-two': () => new Promise((resolve) => {
    const look = () => (inFlight < 3 ? setTimeout(look, 1) : resolve());
    look();
  }),
  block() { for (;;); },
  exit() { process.exit(3); },
  'exit-later'() { setTimeout(() => process.exit(3), 20); },
  segfault() { process.kill(process.pid, 'SIGSEGV'); return acts.hang(); },
  killed() { process.kill(process.pid, 'SIGKILL'); return acts.hang(); },
  throw() { throw new Error('thrown'); },
  heap() { for (;;) ballast.push(new Array(100_000).fill(0)); },
  buffers() { ballast.push(Buffer.alloc(2 ** 28, 1)); return acts.hang(); },
  child() { console.log('child', spawn('sleep', ['600'], { stdio: 'ignore' }).pid); acts.block(); },
  'child-memory'() {
    spawn(process.execPath, ['-e', 'const b = Buffer.alloc(2 ** 28, 1); setInterval(() => b, 1e6)'], { stdio: 'ignore' });
    return acts.hang();
  },
  forks() {
    // Each has the 30 MiB of the first, as long as none writes to it.
    const script = 'exec 3<&0; held=$(printf %30000000s); for n in 1 2 3 4; do (read line <&3) & done; wait';
    spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] });
    return acts.hang();
  },
  detached() {
    console.error('far', spawn('sleep', ['600'], { stdio: 'ignore', detached: true }).pid);
    return acts.hang();
  },
  scratch() { mkdirSync(scratch); writeFileSync(scratch + '/a', 'x'); console.error('scratch', scratch); return acts.hang(); },
  loading() { send({ state: 'loading' }); return acts.hang(); },
  setup() { send({ state: 'setup' }); setTimeout(() => process.exit(3), 20); return acts.hang(); },
  words() { console.error('libmodel: cannot allocate'); process.abort(); },
  chatter() { process.send('ready'); process.send(null); send({ id: -1 }); send(null); send({ state: 'odd' }); },
  options() { console.error('options', ...process.execArgv); },
  'hang-up'() { process.disconnect(); setInterval(() => {}, 1000); return acts.hang(); },
};
// One object after the other has its turn.
let turn = Promise.resolve();
let inFlight = 0;
const send = (message) => process.send([message]);
process.on('message', (requests) => requests.forEach(take));
function take({ id, key }) {
  send({ state: 'ready' });
  inFlight += 1;
  const attempt = inFlight;
  turn = turn.then(() => answer(id, key, attempt)).finally(() => { inFlight -= 1; });
}
async function answer(id, key, attempt) {
  if (key === 'given-back-once' && attempt > 1) return send({ id, isReturned: true });
  if (key !== 'loading' && key !== 'setup') send({ id, stage: 'processing' });
  const failure = { error: 'PermanentError', message: 'no', stack: '    at a (processors/a.ts:1:1)' };
  if (key === 'fail') return send({ id, isSpent: false, failure });
  if (key === 'hang-beside-others' && attempt > 1) await acts.hang();
  if (key === 'hold') ballast.push(Buffer.alloc(100 * 2 ** 20, 1));
  if (key === 'written-late' && attempt > 1) return send({ id, stage: 'writing' });
  if (key === 'exit-writing') {
    send({ id, stage: 'writing' });
    setTimeout(() => process.exit(3), 20);
    return;
  }
  await acts[key]?.();
  // A turn lasts, so that others come meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const isSpent = key === 'spent';
  send({ id, isSpent, result: { object_key: key, status: 'success', worker_id: String(process.pid), attempt } });
}
`;

/** The file of such a slot, in a folder that `remove` removes. */
export async function writeSlot(): Promise<{ filename: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'slot-'));
  const filename = join(folder, 'slot.js');
  await writeFile(filename, SLOT);
  return { filename, remove: () => rm(folder, { recursive: true, force: true }) };
}
