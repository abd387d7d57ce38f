/** Scaling the fleet to zero before a cleanup, with the local cloud's instances. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { expect } from 'chai';
import { scaleToZero } from '../../../../scripts/deployment/cleanup/fleet';
import { bootFixture, type FixtureOptions } from '../../../local/support/fixture-stack';
import { failure } from '../../../support/failure';
import { until } from '../../../support/until';

describe('scaling the fleet to zero', () => {
  let cloud: Awaited<ReturnType<typeof bootFixture>>;
  let autoScaling: AutoScalingClient;
  let said: string[];
  afterEach(async () => {
    autoScaling.destroy();
    await cloud.close();
  });

  const boot = async (workers: number, stack: FixtureOptions = {}) => {
    let listening = 0;
    cloud = await bootFixture(stack, { onLog: () => (listening += 1) });
    autoScaling = new AutoScalingClient(cloud.clientConfig);
    said = [];
    group().setDesired(workers, 'a test');
    await until(() => listening === workers, 'the workers listen for SIGTERM');
    return [...group().instances.keys()];
  };
  const group = () => {
    const [fleet] = cloud.services.autoscaling.groups.values();
    if (!fleet) throw new Error('the fixture has a group');
    return fleet;
  };
  const scale = (groupName = 'group') =>
    scaleToZero({
      autoScaling,
      groupName,
      stopTimeoutSeconds: 1,
      progress: { update: (text) => said.push(text) },
    });
  const deaf = {
    container: { stopTimeout: 3600, environment: [{ name: 'IGNORE_SIGTERM', value: 'yes' }] },
  };

  it('waits for its instances, and names them', async () => {
    const [id] = await boot(1, deaf);
    const scaling = scale();
    await until(() => said.length > 0, 'it says for what it waits');
    for (const { tasks } of cloud.services.ecs.clusters) for (const task of tasks.values()) task.kill();
    await scaling;
    expect(group().instances.size).to.equal(0);
    expect(said[0]).to.match(
      new RegExp(
        `^Waiting for 1 instance \\(${id} since \\d{4}-\\d\\d-\\d\\dT[\\d:]{8}Z\\) to drain and terminate$`,
      ),
    );
  });

  it('names at most three of many', async () => {
    await boot(5, deaf);
    const scaling = failure(scale());
    await until(() => said.length > 0, 'it says for what it waits');
    expect(said[0]).to.match(/^Waiting for 5 instances \((i-\w+ since \S+, ){3}2 more\) to drain/);
    for (const activity of group().activities) activity.StartTime = new Date(0);
    expect((await scaling).message).to.match(/^5 instances \(/);
  });

  it('gives up on one that should have ended long ago, and says how to end it', async () => {
    const [id] = await boot(1, deaf);
    group().setDesired(0, 'a test');
    for (const activity of group().activities) activity.StartTime = new Date('2026-11-26T10:00:00Z');
    const { message } = await failure(scale());
    expect(message).to.include(`1 instance (${id} since 2026-11-26T10:00:00Z) of group should have ended`);
    expect(message).to.include(
      `\`aws autoscaling complete-lifecycle-action --auto-scaling-group-name group --lifecycle-hook-name ecs-managed-draining-termination-hook --lifecycle-action-result CONTINUE --instance-id ${id}\``,
    );
    expect(message).to.match(/"stuck-instances" in docs\/operations\.md/);
    expect(said).to.deep.equal([]);
  });

  it('does nothing if the group does not exist', async () => {
    await boot(0);
    await scale('gone');
    expect(said).to.deep.equal([]);
  });
});
