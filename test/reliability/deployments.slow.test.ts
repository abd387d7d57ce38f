/**
 * Runs during which another version of the stack is deployed: real bundles and signals, in the local cloud. The names are those of
 * docs/reliability.md.
 */
import { DescribeServicesCommand, DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { expect } from 'chai';
import type { ExecutionInput } from '../../runtime/contract';
import { type Ended, synthesizeForTest, TestCloud } from '../support/cloud';
import { type Document, editJson, editStack } from '../support/edited-stack';
import { Gate, isRead } from '../support/hold';
import { until } from '../support/until';

const KEYS = Array.from({ length: 6 }, (_, index) => `in/${index}`);
const INPUT: ExecutionInput = { worker_count: 2, prefix: 'in/' };

let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
let test: TestCloud;

async function start(workerEnvironment: Record<string, string>, reads?: Gate): Promise<void> {
  test = await TestCloud.start(stack.stackFolder, {
    // The time is shorter than the stop timeout of ECS: a worker hands back its tasks.
    workerEnvironment: { STOP_TIMEOUT_SECONDS: '20', ...workerEnvironment },
    intercept: (handle) => reads?.intercept(handle),
  });
  await test.put(KEYS);
}

const errors = () => new Set(test.linesWith('Task failed').map(({ error }) => error));
const deploy = (edit: (document: Document) => void) => test.cloud.deploy(editStack(stack.stackFolder, edit));

/** Every object is done once, and none counts as failed. */
async function expectDoneOnce(ended: Ended): Promise<void> {
  await test.expectDone(ended, KEYS);
  expect(ended.results).to.include({ skipped: 0 });
  const processed = test.linesWith('S3 object processed successfully').map(({ key }) => key);
  expect(processed).to.have.members(KEYS);
}

/** The workers' tasks, in any state. */
async function describeTasks() {
  const { clusterName: cluster } = test.deployment;
  const listed = await Promise.all(
    (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
      test.clients.ecs.send(new ListTasksCommand({ cluster, desiredStatus })),
    ),
  );
  const tasks = listed.flatMap(({ taskArns = [] }) => taskArns);
  return (await test.clients.ecs.send(new DescribeTasksCommand({ cluster, tasks }))).tasks ?? [];
}

async function describeService() {
  const { clusterName: cluster, serviceName } = test.deployment;
  const command = new DescribeServicesCommand({ cluster, services: [serviceName ?? ''] });
  return (await test.clients.ecs.send(command)).services?.[0];
}

describe('reliability: deployments', () => {
  before(async () => {
    stack = await synthesizeForTest({
      BATCH_PROCESSOR: 'simulate',
      BATCH_SLOTS_PER_WORKER: '2',
      // Only a test that fails waits for these timeouts.
      BATCH_OBJECT_TIMEOUT_SECONDS: '7200',
      BATCH_HEARTBEAT_SECONDS: '3600',
      BATCH_STOP_TIMEOUT_SECONDS: '120',
      BATCH_PROVISION_POLL_SECONDS: '1',
    });
  });
  after(() => stack.remove());
  afterEach(() => test.close());

  describe('a deployment changes the workers: a new image, a new setting', () => {
    it('each gets SIGTERM and hands back the tasks that it cannot finish; new ones go on, on the same instances', async () => {
      let reads = 0;
      // Its second attempt waits for the new workers: without an execution they would not start.
      const again = new Gate((handle) => isRead('in/0', handle) && ++reads > 1);
      const hanging = { SIMULATE_FAULT: 'hang', SIMULATE_FAULT_KEY: 'in/0', SIMULATE_FAULT_ATTEMPTS: '1' };
      await start({ SIMULATE_SECONDS: '1', ...hanging }, again);
      const execution = await test.begin(INPUT);
      await test.processing('in/0');
      await until(() => test.linesWith('Worker started').length === 2, 'both workers have started');
      const instances = test.instances();
      let image = '';
      await deploy(({ resource, output }) => {
        const uri = output.worker_image_uri;
        uri.value = uri.value.replace(/:\w+$/, ':0123456789abcdef');
        editJson(resource.aws_ecs_task_definition.worker, 'container_definitions', ([container]) => {
          image = uri.value;
          container.image = image;
          container.environment.push({ name: 'NEW_SETTING', value: 'yes' });
        });
      });
      await until(() => test.linesWith('Worker started').length === 4, 'both new workers have started');
      again.open();
      await expectDoneOnce(await test.end(execution));
      expect(errors()).to.deep.equal(new Set(['WorkerInterrupted']));
      expect(test.attemptsAt('in/0')).to.have.length(2);
      // The tasks of instances that have left since count as well.
      const tasks = await describeTasks();
      const revisions = tasks.map(({ taskDefinitionArn }) => taskDefinitionArn?.split(':').at(-1));
      expect(revisions.sort()).to.deep.equal(['1', '1', '2', '2']);
      for (const { taskDefinitionArn, containers, stoppedReason } of tasks) {
        const [container] = containers ?? [];
        if (taskDefinitionArn?.endsWith(':1')) {
          // After SIGKILL it would be 137.
          expect(container?.exitCode).to.equal(0);
          expect(stoppedReason).to.match(/^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/);
        } else {
          expect(container?.image).to.match(/:0123456789abcdef$/);
        }
      }
      expect(new Set(tasks.map(({ containerInstanceArn }) => containerInstanceArn)).size).to.equal(2);
      expect(instances).to.have.length(2);
    });

    it('the capacity, and so the number of tasks side by side, stays the same', async () => {
      const reads = new Gate((handle) => isRead('in/', handle));
      await start({ SIMULATE_SECONDS: '0' }, reads);
      const execution = await test.begin(INPUT);
      await until(() => test.linesWith('Worker started').length === 2, 'both workers have started');
      await deploy(({ resource }) => {
        editJson(resource.aws_ecs_task_definition.worker, 'container_definitions', ([container]) => {
          container.environment.push({ name: 'NEW_SETTING', value: 'yes' });
        });
      });
      // One that stops while objects are read may write an output that it no longer reports.
      await until(() => test.linesWith('Worker stopped').length === 2, 'both old workers have stopped');
      expect(test.fleet.desired).to.equal(2);
      reads.open();
      await expectDoneOnce(await test.end(execution));
    });
  });

  describe('a deployment changes nothing about workers', () => {
    it('they work on: no task of the service is stopped, and no object is processed again', async () => {
      const reads = new Gate((handle) => isRead('in/', handle));
      await start({ SIMULATE_SECONDS: '0' }, reads);
      const execution = await test.begin(INPUT);
      await test.processing();
      const before = await describeService();
      await deploy(({ resource }) => {
        resource.aws_cloudwatch_metric_alarm.idle_instances.threshold = 1;
        resource.aws_lambda_function.provisioner.memory_size = 300;
      });
      expect((await describeService())?.deployments?.[0]?.id).to.equal(before?.deployments?.[0]?.id);
      reads.open();
      await expectDoneOnce(await test.end(execution));
      expect(test.linesWith('Worker draining').length).to.be.at.most(2);
      expect(test.linesWith('Worker started').length).to.be.at.most(2);
      expect(errors()).to.deep.equal(new Set());
    });
  });

  describe('a deployment changes the workflow and the functions', () => {
    it('an execution keeps the definition that it began with, and the new functions answer it', async () => {
      const reads = new Gate((handle) => isRead('in/', handle));
      await start({ SIMULATE_SECONDS: '0' }, reads);
      const execution = await test.begin(INPUT);
      await test.processing();
      await deploy(({ resource }) => {
        resource.aws_lambda_function.provisioner.environment.variables.MAX_WORKERS = '1';
        editJson(resource.aws_sfn_state_machine.workflow, 'definition', ({ States }) => {
          States.Summarize.Output.worker_count = -1;
        });
      });
      reads.open();
      const ended = await test.end(execution);
      await expectDoneOnce(ended);
      expect(ended.output).to.include({ worker_count: 2 });
      const deprovisioned = await test.reconciled('deprovision', execution);
      expect(deprovisioned.fleet).to.include({ needed: 2, in_service: 2 });

      const next = await test.run({ ...INPUT, force: true });
      expect(next.output).to.include({ worker_count: -1 });
      expect(next.output?.fleet).to.include({ needed: 2, desired: 1 });
    });
  });
});
