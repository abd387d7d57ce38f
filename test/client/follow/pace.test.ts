import { expect } from 'chai';
import { secondsToNextLook } from '../../../client/follow/pace';
import { API_QUOTAS, TokenBuckets } from '../../../local/services/states/api/quotas';

describe('the pace of following', () => {
  const pace = (followed: number, options = {}) => secondsToNextLook(followed, options, 0.5);

  it('is 3 s at first, later a tenth of the time, at most 15 s', () => {
    expect([0, 30, 60, 150, 86_400].map((followed) => pace(followed))).to.deep.equal([3, 3, 6, 15, 15]);
  });

  it('is the longest interval after throttling, and a given interval always', () => {
    expect(pace(0, { throttled: true })).to.equal(15);
    expect([pace(0, { given: 1 }), pace(900, { given: 1, throttled: true })]).to.deep.equal([1, 1]);
  });

  it('varies by a quarter', () => {
    expect([0, 1].map((random) => secondsToNextLook(0, {}, random))).to.deep.equal([2.25, 3.75]);
  });

  it('never empties a token bucket of the API, if ten clients follow from the same moment for an hour', () => {
    let now = 0;
    const buckets = new TokenBuckets(API_QUOTAS, () => now * 1000);
    const nextLooks = Array.from({ length: 10 }, () => 0);
    // A fixed order of random numbers.
    let drawn = 1;
    const random = () => {
      drawn = (drawn * 16_807) % 2_147_483_647;
      return drawn / 2_147_483_647;
    };
    while (now < 3600) {
      now = Math.min(...nextLooks);
      for (const operation of ['DescribeExecution', 'GetExecutionHistory', 'DescribeMapRun']) {
        expect(buckets.take(operation), `${operation} after ${now} s`).to.equal(true);
      }
      nextLooks[nextLooks.indexOf(now)] = now + secondsToNextLook(now, {}, random());
    }
  });
});
