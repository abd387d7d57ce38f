/** Maps over more items than they hold. */
import { queryObjects } from 'node:v8';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { Execution } from '../../../../../../local/services/states/run/execution';
import { until } from '../../../../../support/until';
import { BUCKET, createMachine, run, type StatesServer, start, startServer } from '../../server';
import { ECHO, mapOf, mapRunOf, putObject, writerOf } from './maps';

describe('a distributed map over many items', () => {
  let cloud: StatesServer;
  afterEach(() => cloud.close());

  const runMap = (fields: object, States: Record<string, object>) => run(cloud, mapOf(fields, States));
  const linesOf = (Key: string) => ({
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: { InputType: 'JSONL' },
    Arguments: { Bucket: BUCKET, Key },
  });

  const executionsInMemory = () => queryObjects(Execution, { format: 'count' });

  it('finds too many failures although it has not read all items', async () => {
    cloud = await startServer({ historyLimit: 50 });
    await putObject(cloud, 'many', '{"fail":true}\n'.repeat(30_000));
    const ItemReader = linesOf('many');
    const fields = { ItemReader, MaxConcurrency: 10, ToleratedFailurePercentage: 10 };
    // A wait lets the service do other work between the children.
    const States = { Wait: { Type: 'Wait', Seconds: 0, Next: 'Bad' }, Bad: ECHO.Bad };
    const { error, executionArn = '' } = await runMap(fields, States);
    expect(error).to.equal('States.ExceedToleratedFailureThreshold');
    const { failed = 0, total = 0 } = (await mapRunOf(cloud, executionArn)).itemCounts ?? {};
    expect(failed).to.be.above(3_000).and.below(15_000);
    expect(total).to.be.below(30_000);
  });

  it('holds only the children that run and the next ones, and keeps failures the longest', async () => {
    const others = executionsInMemory();
    cloud = await startServer({ historyLimit: 50 });
    const items = 20_000;
    const line = (_: unknown, i: number) => JSON.stringify({ i, fail: i % 100 === 0 });
    await putObject(cloud, 'many', Array.from({ length: items }, line).join('\n'));
    const ItemReader = linesOf('many');
    const fields = { ItemReader, MaxConcurrency: 100, ToleratedFailurePercentage: 100, ...writerOf() };
    const States = { Wait: { Type: 'Wait', Seconds: 0, Next: 'Choose' }, ...ECHO };
    const arn = await start(cloud, await createMachine(cloud, mapOf(fields, States)));
    let held: number | undefined;
    const { itemCounts, mapRunArn } = await until(async () => {
      const run = await mapRunOf(cloud, arn);
      for (const counts of [run.itemCounts, run.executionCounts]) {
        const { total, pending = 0, running = 0, succeeded = 0, failed = 0 } = counts ?? {};
        expect(pending + running + succeeded + failed).to.equal(total);
      }
      const { pending = 0, succeeded = 0 } = run.itemCounts ?? {};
      expect(pending).to.be.at.most(10_000);
      // Measures once, since it collects the garbage first: when about as many wait as may wait, and more have ended than are kept.
      if (pending > 9_900 && succeeded >= 1_000) held ??= executionsInMemory() - others;
      return run.status !== 'RUNNING' && run;
    }, 'the map run ends');
    expect(itemCounts).to.include({
      total: items,
      failed: 200,
      succeeded: items - 200,
      resultsWritten: items,
    });
    // 100 run, and 50 of those that have ended are kept. The other one is the parent. Those that wait are only inputs.
    expect(held).to.be.above(50).and.at.most(151);
    const list = new ListExecutionsCommand({ mapRunArn });
    const { executions = [] } = await cloud.sfn.send(list);
    expect(executions.map(({ status }) => status)).to.deep.equal(Array(50).fill('FAILED'));
  });

  it('keeps fewer of its children if their data is large', async () => {
    cloud = await startServer();
    await putObject(cloud, 'large', `"${'x'.repeat(200_000)}"\n`.repeat(100));
    const ItemReader = linesOf('large');
    const States = { Good: { Type: 'Pass', End: true } };
    const { executionArn = '' } = await runMap({ ItemReader, MaxConcurrency: 10, ...writerOf() }, States);
    const { mapRunArn } = await mapRunOf(cloud, executionArn);
    const { executions } = await cloud.sfn.send(new ListExecutionsCommand({ mapRunArn }));
    // Each has its 200,002 characters four times in its history. At most 64 Mi are kept.
    expect(executions).to.have.length(83);
  });
});
