/** The cost of a run in its report. */
import { expect } from 'chai';
import { FiguresCollector } from '../../../client/figures/collector';
import { SnapshotReader } from '../../../client/follow/snapshot';
import { costOfRun } from '../../../scripts/report/cost';

const FLEET = {
  instanceType: 'm6i.large',
  spot: false,
  diskGiB: 30,
  publicIp: true,
  slotsPerWorker: 1,
  maxWorkers: 10,
};
const TARGET = { kind: 'local', batch: { deployment: { fleet: FLEET, region: 'us-east-1' } } } as never;
/** An execution that is redriven after three days, for an hour. */
const RUN = {
  status: 'SUCCEEDED' as const,
  startedAt: new Date('2026-11-23T10:00:00Z'),
  redrivenAt: new Date('2026-11-26T10:00:00Z'),
  endedAt: new Date('2026-11-26T11:00:00Z'),
};

describe('a run that was redriven', () => {
  it('costs no instances between its end and the redrive', async () => {
    const collector = new FiguresCollector();
    for (const endedAt of [RUN.startedAt, RUN.endedAt])
      collector.add({ key: 'a', status: 'success', worker: 'w', seconds: 1, endedAt: endedAt.getTime() });
    const description = { ...RUN, input: { worker_count: 2, prefix: 'a/' } };
    const cost = await costOfRun(TARGET, description, collector.figures);
    expect(cost?.lines.find(({ name }) => name === 'instances')?.amount).to.be.closeTo(2, 0.1);
  });

  it('is followed from the redrive on', async () => {
    const connection = { clients: { sfn: { send: async () => ({}) } }, deployment: {} } as never;
    expect(await new SnapshotReader(connection, 'a:b').read(RUN)).to.include({ seconds: 3600 });
    const { redrivenAt: _, ...once } = RUN;
    expect(await new SnapshotReader(connection, 'a:b').read(once)).to.include({ seconds: 73 * 3600 });
  });
});
