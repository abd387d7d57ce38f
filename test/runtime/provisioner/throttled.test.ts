/** The answer to an execution while AWS throttles, with the errors that its SDK throws. */
import { mock } from 'node:test';
import { expect } from 'chai';
import { ServiceError } from '../../../local/core/service';
import type { ProvisionerEvent } from '../../../runtime/contract';
import { readSettings } from '../../../runtime/provisioner/settings';
import { throttledStatus } from '../../../runtime/provisioner/throttled';
import { failure } from '../../support/failure';
import { captureLines } from '../support/lines';
import { about, ProvisionerCloud, provision, SCHEDULE, WITHOUT_WORKERS } from '../support/provisioner-cloud';

describe('a provisioner that AWS throttles', () => {
  const lines = captureLines();
  const provisioner = new ProvisionerCloud();
  let executionArn: string;
  before(async () => {
    // The SDK waits a random time before another attempt.
    mock.method(Math, 'random', () => 0);
    await provisioner.boot(WITHOUT_WORKERS);
    executionArn = await provisioner.start(1);
  });
  after(() => {
    mock.reset();
    return provisioner.close();
  });

  const errorOf = async (action: string, code: string) => {
    provisioner.intercept = (handle) => {
      if (handle.action === action) throw new ServiceError(code, 'Rate exceeded');
    };
    return failure(provisioner.reconcile(provision(executionArn, 1)));
  };
  const answer = (error: Error, event: ProvisionerEvent) =>
    throttledStatus(error as never, event, readSettings(provisioner.environment));

  for (const [action, code] of [
    ['ListExecutions', 'ThrottlingException'],
    ['DescribeExecution', 'ThrottlingException'],
    ['DescribeAutoScalingGroups', 'Throttling'],
    ['SetDesiredCapacity', 'RequestLimitExceeded'],
    // The provisioner asks for this once the fleet has its size.
    ['DescribeServices', 'ThrottlingException'],
  ] as const) {
    it(`tells an execution that waits: not yet (${code} of ${action})`, async () => {
      const error = await errorOf(action, code);
      expect(error.name).to.equal(code);
      expect(answer(error, provision(executionArn, 1))).to.deep.equal({
        needed: 1,
        desired: 0,
        in_service: 0,
        running: 0,
        reason: "AWS throttles the account's requests: Rate exceeded",
        ready: false,
        next_call_seconds: 30,
      });
      expect(lines.at(-1)).to.include({
        level: 'warn',
        message: 'AWS throttles the provisioner',
        error: code,
      });
    });
  }

  it('fails for all other events: the workflow, EventBridge or the schedule sends them again', async () => {
    const error = await errorOf('ListExecutions', 'ThrottlingException');
    const events = [SCHEDULE, about('deprovision', executionArn), about('resume', executionArn)];
    for (const event of events)
      expect(() => answer(error, event))
        .to.throw()
        .that.equals(error);
  });

  it('fails for any other error', async () => {
    const error = await errorOf('ListExecutions', 'AccessDeniedException');
    expect(() => answer(error, provision(executionArn, 1)))
      .to.throw()
      .that.equals(error);
  });
});
