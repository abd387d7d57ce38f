/** Instances that are billed for nothing, which the scheduled call finds in the local cloud. */
import { expect } from 'chai';
import { until } from '../../support/until';
import { captureLines } from '../support/lines';
import { about, ProvisionerCloud, provision, SCHEDULE } from '../support/provisioner-cloud';

const AN_HOUR_AGO = new Date(Date.now() - 3_600_000);
/** A worker that ignores SIGTERM. ECS kills it after another hour. */
const DEAF_WORKER = {
  container: { stopTimeout: 3600, environment: [{ name: 'IGNORE_SIGTERM', value: 'yes' }] },
};

describe('instances that do not end', () => {
  const lines = captureLines();
  let provisioner: ProvisionerCloud;
  let executionArn: string;
  beforeEach(async () => {
    provisioner = new ProvisionerCloud();
    let listening = 0;
    await provisioner.boot({ onLog: () => (listening += 1) }, DEAF_WORKER);
    executionArn = await provisioner.start(2);
    await provisioner.reconcile(provision(executionArn, 2));
    await until(() => listening === 2, 'two workers listen for SIGTERM');
  });
  afterEach(() => provisioner.close());

  const warnings = () => lines.filter(({ message }) => message === 'Instances do not end');
  const anInstance = () => {
    const [first] = provisioner.group.instances.values();
    if (!first) throw new Error('the group has instances');
    return first;
  };
  const since = AN_HOUR_AGO.toISOString();

  it('do not exist while all work, nor while some have only just begun to end', async () => {
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ idle: 0, stuck: [] });
    await provisioner.stop(executionArn);
    await provisioner.reconcile(about('deprovision', executionArn));
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ idle: 0, stuck: [], in_service: 0 });
    expect(warnings()).to.deep.equal([]);
  });

  it('are named in answer and log when the group has terminated them for too long', async () => {
    await provisioner.stop(executionArn);
    await provisioner.reconcile(about('deprovision', executionArn));
    const { id } = anInstance();
    const begun = provisioner.group.activities.find(
      ({ Description }) => Description === `Terminating EC2 instance: ${id}`,
    );
    Object.assign(begun ?? {}, { StartTime: AN_HOUR_AGO });
    const stuck = [{ instance_id: id, state: 'terminating', since }];
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ stuck, in_service: 0 });
    expect(warnings()).to.have.length(1);
    expect(warnings()[0]).to.deep.include({ level: 'warn', instances: stuck });
    // Only the scheduled call looks for them.
    expect(await provisioner.reconcile(about('deprovision', executionArn))).not.to.have.any.keys(
      'stuck',
      'idle',
    );
  });

  it('include those that ECS drains though the group keeps them', async () => {
    const [cluster] = provisioner.cloud.services.ecs.clusters;
    void cluster?.drain(anInstance());
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ stuck: [] });
    const host = [...(cluster?.instances.values() ?? [])].find(({ instance }) => instance === anInstance());
    for (const task of host ? (cluster?.tasksOn(host) ?? []) : []) task.stoppingAt = AN_HOUR_AGO;
    Object.assign(host ?? {}, { registeredAt: new Date(AN_HOUR_AGO.getTime() - 1000) });
    const stuck = [{ instance_id: anInstance().id, state: 'draining', since }];
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ stuck });
  });

  it('are idle if they run no worker, or no execution needs them', async () => {
    const letThemStart = provisioner.cloud.faults.inject({ effect: 'refuse', what: 'workers' });
    for (const { tasks } of provisioner.cloud.services.ecs.clusters) {
      for (const task of tasks.values()) task.kill();
    }
    const idle = async () => (await provisioner.reconcile(SCHEDULE)).idle;
    await until(async () => (await idle()) === 2, 'their workers have died');
    letThemStart();
    await until(async () => (await idle()) === 0, 'they have workers again');
    await provisioner.stop(executionArn);
    expect(await idle()).to.equal(2);
  });
});
