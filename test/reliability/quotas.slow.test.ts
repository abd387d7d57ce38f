/** Many executions and watchers on an account whose Step Functions API has AWS's token buckets, in the local cloud. */
import { expect } from 'chai';
import type { RequestRecord } from '../../local/core/gateway';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../support/cloud';
import { until } from '../support/until';

const EXECUTIONS = 20;
const WATCHERS = 10;

describe("reliability: the API's quotas", () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  /** Requests to Step Functions, and how many of them were throttled, by operation. */
  const calls = new Map<string, { all: number; throttled: number }>();

  const onRequest = ({ service, action, error }: RequestRecord) => {
    if (service !== 'states') return;
    const count = calls.get(action) ?? { all: 0, throttled: 0 };
    count.all += 1;
    if (error === 'ThrottlingException') count.throttled += 1;
    calls.set(action, count);
  };
  const count = (action: string) => calls.get(action) ?? { all: 0, throttled: 0 };

  before(async () => {
    // The pace of the provisioner is its default.
    stack = await synthesizeForTest({ ...SMALL_FLEET, BATCH_PROVISION_POLL_SECONDS: '2' });
  });
  after(async () => {
    await test.close();
    await stack.remove();
  });

  describe('twenty executions wait for workers, and ten people watch', () => {
    it('no bucket stays empty, and no execution fails', async () => {
      test = await TestCloud.start(stack.stackFolder, {
        apiQuotas: true,
        onRequest,
        workerEnvironment: { SIMULATE_SECONDS: '0' },
      });
      await test.put(['in/0']);
      const letThemStart = test.cloud.faults.inject({ effect: 'refuse', what: 'instances' });
      const input = { worker_count: 1, objects: [{ Key: 'in/0' }], force: true };
      const arns: string[] = [];
      for (let number = 0; number < EXECUTIONS; number += 1)
        arns.push(await test.begin(input, `run-${number}`));
      const follow = async (arn: string) => {
        let last: string | undefined;
        for await (const { status } of test.batch.execution(arn).follow()) last = status;
        return last;
      };
      const followed = Promise.all(arns.slice(0, WATCHERS).map(follow));
      const polls = (arn: string) =>
        test
          .linesWith('Fleet reconciled')
          .filter(({ event }) => (event as { execution_arn?: string }).execution_arn === arn).length;
      const allHaveAskedAgain = async () => {
        const before = arns.map(polls);
        await until(() => arns.every((arn, index) => polls(arn) > Number(before[index])), 'all ask again');
      };
      // Twenty executions start in the same second, each in a function that knows none yet, and these describe one another. So the bucket
      // may be empty for a few calls of each.
      await allHaveAskedAgain();
      const waiting = () => ({
        lists: count('ListExecutions').all,
        asked: test.linesWith('Fleet reconciled').length,
      });
      const before = waiting();
      await until(async () => {
        const { throttled } = count('DescribeExecution');
        await allHaveAskedAgain();
        return count('DescribeExecution').throttled === throttled;
      }, 'all ask again, and none is throttled');
      const after = waiting();
      letThemStart();

      expect(await followed).to.deep.equal(Array(WATCHERS).fill('SUCCEEDED'));
      for (const arn of arns)
        expect(await test.batch.execution(arn).wait()).to.include({ status: 'SUCCEEDED' });
      await test.fleetIsGone();
      // One for each call. Some of the calls have not ended.
      expect(after.lists - before.lists).to.be.below(1.5 * (after.asked - before.asked));
      for (const [action, { all, throttled }] of calls) {
        // At their start, as above.
        const most = action === 'DescribeExecution' ? all / 2 : 0;
        expect(throttled, `${action}: ${throttled} of ${all} throttled`).to.be.at.most(most);
      }
    });
  });
});
