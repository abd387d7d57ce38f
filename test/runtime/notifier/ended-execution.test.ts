/** The data that is read of an execution that has ended, from a Step Functions whose answers the test sets. */
import { mock } from 'node:test';
import { SFNClient } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { readEndedExecution } from '../../../runtime/notifier/ended-execution';
import { failure } from '../../support/failure';
import { startJsonService } from '../support/json-service';

const ARN = 'arn:execution';
const START = 1_795_000_000;
const END = START + 60;
const at = (seconds: number) => new Date(seconds * 1000);
const OUTPUT = JSON.stringify({ map_run_arn: 'arn:map-run' });
const DESCRIBED = {
  executionArn: ARN,
  name: 'run-1',
  status: 'SUCCEEDED',
  startDate: START,
  stopDate: END,
  input: JSON.stringify({ worker_count: 2 }),
  output: OUTPUT,
};
const COUNTS = { total: 10, succeeded: 4, failed: 2, timedOut: 1, pending: 3 };

describe('reading an execution that has ended', () => {
  let service: Awaited<ReturnType<typeof startJsonService>>;
  let sfn: SFNClient;
  /** The answers of DescribeExecution. The last one repeats. */
  let described: object[];
  let mapRuns: object[] | undefined;
  let itemCounts: object | undefined;
  let asked: object[];
  beforeEach(async () => {
    [described, mapRuns, itemCounts, asked] = [[DESCRIBED], undefined, COUNTS, []];
    const answer = (read: () => object) => (input: object) => {
      asked.push(input);
      return read();
    };
    service = await startJsonService({
      DescribeExecution: answer(() => (described.length > 1 ? described.shift() : described[0]) ?? {}),
      ListMapRuns: answer(() => ({ mapRuns })),
      DescribeMapRun: answer(() => ({ itemCounts })),
    });
    sfn = new SFNClient(service.clientConfig);
  });
  afterEach(() => {
    mock.timers.reset();
    sfn.destroy();
    service.close();
  });
  const read = (redrive_count = '') => readEndedExecution(sfn, { execution_arn: ARN, redrive_count });

  it('finds when it ran, how it ended, and what became of its objects', async () => {
    expect(await read()).to.deep.equal({
      arn: ARN,
      name: 'run-1',
      status: 'SUCCEEDED',
      startedAt: at(START),
      endedAt: at(END),
      redriveCount: 0,
      input: { worker_count: 2 },
      mapRun: { arn: 'arn:map-run', counts: { total: 10, succeeded: 4, failed: 3, pending: 3 } },
      error: undefined,
      cause: undefined,
    });
    expect(asked).to.deep.equal([{ executionArn: ARN }, { mapRunArn: 'arn:map-run' }]);
  });

  it('finds the map run of one that failed, which has no output', async () => {
    const { output: _, ...rest } = DESCRIBED;
    described = [{ ...rest, status: 'FAILED', error: 'E', cause: 'c' }];
    mapRuns = [
      { mapRunArn: 'arn:latest', startDate: START },
      { mapRunArn: 'arn:earlier', startDate: START },
    ];
    const ended = await read();
    expect(ended).to.include({ status: 'FAILED', error: 'E', cause: 'c' });
    expect(ended?.mapRun).to.include({ arn: 'arn:latest' });
    expect(asked[1]).to.deep.equal({ executionArn: ARN });
    for (mapRuns of [undefined, []]) expect((await read())?.mapRun).to.equal(undefined);
  });

  it('counts nothing if there was no map, or the map run has no counts', async () => {
    described = [{ ...DESCRIBED, output: JSON.stringify({ map_run_arn: null }) }];
    expect((await read())?.mapRun).to.equal(undefined);
    expect(asked).to.have.length(1);
    described = [DESCRIBED];
    itemCounts = undefined;
    expect((await read())?.mapRun?.counts).to.deep.equal({ total: 0, succeeded: 0, failed: 0, pending: 0 });
  });

  it('treats an input that is not a JSON object as empty, since anybody may start an execution', async () => {
    for (const input of [undefined, 'null', '7', '[1]']) {
      described = [{ ...DESCRIBED, input }];
      expect((await read())?.input, String(input)).to.equal(undefined);
    }
  });

  it('finds the end of the last redrive, and nothing if the execution was redriven since', async () => {
    const redriven = { ...DESCRIBED, redriveCount: 2, redriveDate: START + 30 };
    described = [redriven];
    expect(await read('2')).to.deep.include({ redriveCount: 2, startedAt: at(START + 30) });
    expect(await read('1')).to.equal(undefined);
    expect(await read('')).to.equal(undefined);
  });

  it('waits for data that Step Functions does not have at once, and gives up after some seconds', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { stopDate: _, ...running } = DESCRIBED;
    /** Lets two seconds pass as often as it takes. */
    const passing = async <Result>(reading: Promise<Result>): Promise<Result> => {
      let isDone = false;
      const done = reading.finally(() => {
        isDone = true;
      });
      done.catch(() => {});
      while (!isDone) {
        mock.timers.tick(2_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return done;
    };
    described = [running, { ...DESCRIBED, redriveCount: 0 }];
    expect(await passing(read())).to.include({ status: 'SUCCEEDED' });
    described = [running];
    asked.length = 0;
    const error = await failure(passing(read()));
    expect(error.message).to.equal(`Step Functions does not yet describe the end of ${ARN}.`);
    expect(asked).to.have.length(5);
    // The answer still describes the run before the redrive.
    described = [DESCRIBED];
    expect((await failure(passing(read('1')))).message).to.match(/does not yet describe/);
  });
});
