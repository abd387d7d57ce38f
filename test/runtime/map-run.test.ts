/** The counts of a Map Run, from a Step Functions whose answers the test sets. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { findMapRun, objectCounts, readObjectCounts } from '../../runtime/map-run';
import { startJsonService } from './support/json-service';

const COUNTS = { total: 10, succeeded: 4, failed: 2, timedOut: 1, pending: 3 };

describe('the Map Run of an execution', () => {
  let service: Awaited<ReturnType<typeof startJsonService>>;
  let sfn: SFNClient;
  let mapRuns: object[] | undefined;
  const asked: object[] = [];
  before(async () => {
    const answer = (read: () => object) => (input: object) => {
      asked.push(input);
      return read();
    };
    service = await startJsonService({
      ListMapRuns: answer(() => ({ mapRuns })),
      DescribeMapRun: answer(() => ({ itemCounts: COUNTS })),
    });
    sfn = new SFNClient(service.clientConfig);
  });
  beforeEach(() => {
    asked.length = 0;
  });
  after(() => {
    sfn.destroy();
    service.close();
  });

  it('is the one that Step Functions lists', async () => {
    mapRuns = [{ mapRunArn: 'arn:map-run', startDate: 0 }];
    expect(await findMapRun(sfn, 'arn:execution')).to.equal('arn:map-run');
    expect(asked).to.deep.equal([{ executionArn: 'arn:execution' }]);
  });

  it('does not exist if the execution has not reached its map', async () => {
    for (mapRuns of [undefined, []]) expect(await findMapRun(sfn, 'arn:execution')).to.equal(undefined);
  });

  it('counts objects whose task timed out as failed, and all that have not ended as pending', async () => {
    const counts = { total: 10, succeeded: 4, failed: 3, pending: 3 };
    expect(await readObjectCounts(sfn, 'arn:map-run')).to.deep.equal(counts);
    expect(asked).to.deep.equal([{ mapRunArn: 'arn:map-run' }]);
  });

  it('counts nothing if the answer has no counts', () => {
    const none = { total: 0, succeeded: 0, failed: 0, pending: 0 };
    for (const counts of [undefined, {}]) expect(objectCounts(counts as undefined)).to.deep.equal(none);
  });
});
