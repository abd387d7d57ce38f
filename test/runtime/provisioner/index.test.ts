/** The function that Lambda calls, with the local cloud's services. */
import { mock } from 'node:test';
import { expect } from 'chai';
import { ServiceError } from '../../../local/core/service';
import { REGION } from '../../local/support/fixture-stack';
import { serviceEnvironment, setEnvironment } from '../support/environment';
import { captureLines } from '../support/lines';
import { loadFunction } from '../support/load-function';
import { ProvisionerCloud, SCHEDULE, WITHOUT_WORKERS } from '../support/provisioner-cloud';

describe("the provisioner's function", () => {
  const lines = captureLines();
  const provisioner = new ProvisionerCloud();
  before(() => {
    // The SDK waits a random time before another attempt.
    mock.method(Math, 'random', () => 0);
    return provisioner.boot(WITHOUT_WORKERS);
  });
  after(() => {
    mock.reset();
    return provisioner.close();
  });

  it('reconciles, says what it did, and tries a throttled call up to five times', async () => {
    await provisioner.start(1);
    let refusals = 4;
    provisioner.intercept = ({ action }) => {
      if (action !== 'ListExecutions' || refusals === 0) return;
      refusals -= 1;
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    };
    const { endpoint, credentials } = provisioner.cloud;
    const variables = { ...provisioner.environment, ...serviceEnvironment(endpoint, credentials) };
    const restore = setEnvironment({ ...variables, AWS_REGION: REGION });
    try {
      const { handler } = loadFunction<typeof import('../../../runtime/provisioner')>(
        require.resolve('../../../runtime/provisioner'),
      );
      const fleet = await handler(SCHEDULE);
      expect(fleet).to.include({ needed: 1, desired: 1 });
      expect(lines.at(-1)).to.deep.include({ message: 'Fleet reconciled', event: SCHEDULE, fleet });
      const metrics = () => lines.filter((line) => '_aws' in line);
      expect(metrics()).to.have.length(1);
      expect(metrics()[0]).to.include({
        IdleInstances: 0,
        StuckInstances: 0,
        AutoScalingGroupName: 'group',
      });
      expect(metrics()[0]).to.have.nested.property('_aws.CloudWatchMetrics[0].Namespace', 'BatchProcessor');
      // As EventBridge's rules send it, with a count of redrives and without one.
      for (const [redrive_count, count] of [
        ['2', 2],
        ['', 0],
      ] as const) {
        await handler({ action: 'deprovision', execution_arn: 'arn:of:execution', redrive_count });
        const event = { action: 'deprovision', execution_arn: 'arn:of:execution', redrive_count: count };
        expect(lines.at(-1)).to.deep.include({ message: 'Fleet reconciled', event });
      }
      // Only the scheduled call knows them.
      expect(metrics()).to.have.length(1);
    } finally {
      restore();
    }
  });
});
