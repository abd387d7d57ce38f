/** The synthesized stack is the only source: a change in it is a change of the local run. */
import { expect } from 'chai';
import { type Synthesized, synthesize } from '../stacks/synthesize';
import { TestCloud } from '../support/cloud';
import { type Document, editJson, editStack } from '../support/edited-stack';
import { failure } from '../support/failure';
import { until } from '../support/until';

describe('the local cloud follows the stack:', () => {
  let stack: Synthesized;
  let edited: string;
  let test: TestCloud;

  before(async () => {
    stack = synthesize({ BATCH_PROCESSOR: 'simulate' });
    edited = editStack(stack.stackFolder, ({ resource }) => {
      resource.aws_autoscaling_group.workers.max_size = 2;
      editJson(resource.aws_ecs_task_definition.worker, 'container_definitions', ([container]) => {
        const { environment } = container;
        environment.push({ name: 'SIMULATE_FAULT', value: 'throw' });
        environment.push({ name: 'SIMULATE_FAULT_KEY', value: 'faulty' });
        environment.push({ name: 'SIMULATE_SECONDS', value: '3600' });
      });
      editJson(resource.aws_sfn_state_machine.workflow, 'definition', ({ States }) => {
        const taskOf = (map: string) => States[map].ItemProcessor.States[`${map}Task`];
        // The timeout is shorter than an object takes, while the worker's own interval does not change.
        taskOf('ProcessInlineObjects').HeartbeatSeconds = 10;
        const { Retry } = taskOf('ProcessPrefix');
        const others = Retry.find(({ ErrorEquals }: Document) => ErrorEquals[0] === 'States.ALL');
        Object.assign(others, { MaxAttempts: 1, IntervalSeconds: 1 });
      });
    });
    test = await TestCloud.start(edited);
    await test.put(['faulty', 'slow']);
  });
  after(async () => {
    await test?.close();
    stack.remove();
  });

  it("a variable of the worker's environment, and an error's retry count", async () => {
    const ended = await test.run({ worker_count: 1, prefix: 'faulty' });
    expect(ended.results.failures.map(({ message }) => message)).to.deep.equal(['Error: simulated']);
    expect(test.attemptsAt('faulty')).to.deep.equal([1, 2]);
  });

  it('another version of it, while it runs: all except the parts that executions know by name', async () => {
    const renamed = editStack(edited, ({ resource }) => {
      resource.aws_sfn_activity.tasks.name = 'other';
    });
    const refused = await failure(test.cloud.deploy(renamed));
    expect(refused.message).to.equal(
      'The local cloud does not change aws_sfn_activity.tasks while it runs: start it again with this stack.',
    );
  });

  it("the heartbeat, and the group's most workers", async () => {
    await test.begin({ worker_count: 3, objects: [{ Key: 'slow' }] });
    // This is a second attempt, since the worker of the first counted as dead.
    await test.logged(({ key, attempt }) => key === 'slow' && Number(attempt) >= 2);
    await until(() => test.instances().length === 2, 'two instances');
    expect(test.fleet.desired).to.equal(2);
  });
});
