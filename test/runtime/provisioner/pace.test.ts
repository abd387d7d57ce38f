import { expect } from 'chai';
import { secondsAfterThrottling, secondsToNextCall } from '../../../runtime/provisioner/pace';

describe('the pace of executions that wait for workers', () => {
  const settings = { PROVISION_POLL_SECONDS: 2 };

  it('is the setting when few wait, and one call a second when many wait', () => {
    expect([0, 1, 2, 3, 20, 300].map((executions) => secondsToNextCall(executions, settings))).to.deep.equal([
      2, 2, 2, 3, 20, 300,
    ]);
  });

  it('leaves an empty token bucket the time to refill', () => {
    expect(secondsAfterThrottling(settings)).to.equal(30);
    expect(secondsAfterThrottling({ PROVISION_POLL_SECONDS: 60 })).to.equal(60);
  });
});
