/** The Dockerfile's steps by hand, and what they make, at work: as an unprivileged user, in the local cloud. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { bundleRuntime } from '../../bundles';
import { ROOT } from '../../root';
import type { ObjectResult, Task } from '../../runtime/contract';
import { resourceOf, synthesize } from '../stacks/synthesize';
import { TestCloud } from '../support/cloud';
import { until } from '../support/until';
import { build, type Image, UNPRIVILEGED } from './docker-build';

describe('Dockerfile', () => {
  let root: string;
  let image: Image;

  before(async () => {
    if (UNPRIVILEGED.uid === undefined)
      process.stdout.write('    Dockerfile: not run as root, so built as the user that runs the tests\n');
    root = await mkdtemp(join(tmpdir(), 'dockerfile-'));
    await chmod(root, 0o755);
    image = await build(ROOT, root);
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('does not run as root', () => {
    expect(image.user).to.equal('1000:1000');
  });

  it('holds the very bundle that the local cloud runs', async () => {
    const { folder } = bundleRuntime().worker;
    const files = (await readdir(folder)).filter((file) => !file.endsWith('.tmp'));
    expect(await readdir(image.folder)).to.have.members(files);
    for (const file of files) {
      const [built, bundled] = await Promise.all([
        readFile(join(image.folder, file)),
        readFile(join(folder, file)),
      ]);
      expect(built.equals(bundled), file).to.equal(true);
    }
  });

  it('processes an object in the local cloud, and ends when told to', async () => {
    const stack = synthesize();
    const cloud = await TestCloud.start(stack.stackFolder);
    let worker: ChildProcess | undefined;
    try {
      await cloud.put(['data/a.txt']);
      worker = startWorker(image, cloud, stack);
      const arn = await beginTask(cloud, {
        bucket: cloud.deployment.bucketName,
        objects: [{ Key: 'data/a.txt' }],
        execution: 'by-hand',
        attempt: 1,
        output_prefix: 'processed/',
        force: false,
      });
      const { sfn } = cloud.clients;
      const describe = () => sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
      await until(async () => (await describe()).status !== 'RUNNING', 'the execution ends');
      const { status, output = '' } = await describe();
      expect(status).to.equal('SUCCEEDED');
      const [result]: ObjectResult[] = JSON.parse(output);
      expect(result).to.include({ object_key: 'data/a.txt', status: 'success' });
      expect(JSON.parse(await cloud.read('processed/data/a.txt'))).to.include({ key: 'data/a.txt' });
      const ended = once(worker, 'exit');
      worker.kill('SIGTERM');
      expect(await ended).to.deep.equal([0, null]);
    } finally {
      worker?.kill('SIGKILL');
      await cloud.close();
      stack.remove();
    }
  });
});

/** As ECS would: the image's command and user, the environment of the task definition. */
function startWorker(image: Image, cloud: TestCloud, stack: ReturnType<typeof synthesize>): ChildProcess {
  const [container] = JSON.parse(resourceOf(stack, 'aws_ecs_task_definition.worker').container_definitions);
  const environment: { name: string; value: string }[] = container.environment;
  const [program = '', ...args] = image.command;
  return spawn(program, args, {
    ...UNPRIVILEGED,
    cwd: image.folder,
    env: {
      PATH: process.env.PATH,
      ...image.environment,
      ...Object.fromEntries(environment.map(({ name, value }) => [name, value])),
      ...cloud.cloud.environment,
      ACTIVITY_ARN: String(cloud.cloud.outputs.activity_arn),
    },
    stdio: 'ignore',
  });
}

/** One task for the activity, without the fleet of the stack. Returns the execution's ARN. */
async function beginTask(cloud: TestCloud, task: Task): Promise<string> {
  const { sfn } = cloud.clients;
  const { stateMachineArn } = cloud.deployment;
  const { roleArn } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const Resource = String(cloud.cloud.outputs.activity_arn);
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Task',
    States: { Task: { Type: 'Task', Resource, TimeoutSeconds: 60, End: true } },
  });
  const created = await sfn.send(new CreateStateMachineCommand({ name: 'one-task', roleArn, definition }));
  const { executionArn = '' } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn: created.stateMachineArn, input: JSON.stringify(task) }),
  );
  return executionArn;
}
