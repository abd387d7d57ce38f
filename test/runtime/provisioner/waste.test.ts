import { expect } from 'chai';
import { idleInstances, stuckInstances } from '../../../runtime/provisioner/waste';
import { at } from './tasks';

describe('idle instances', () => {
  /** Demand, instances in service, and running workers; then the idle instances. */
  const TABLE: [string, { workers: number; complete: boolean }, number, number, number][] = [
    ['nothing runs', { workers: 0, complete: true }, 0, 0, 0],
    ['no execution runs, but instances do', { workers: 0, complete: true }, 3, 3, 3],
    ['every instance has its worker', { workers: 3, complete: true }, 3, 3, 0],
    ['two instances have no worker', { workers: 3, complete: true }, 3, 1, 2],
    ['workers on instances that leave are counted, too', { workers: 1, complete: true }, 1, 2, 0],
    ['an execution is not fully known: it may need them', { workers: 0, complete: false }, 2, 2, 0],
  ];
  for (const [what, demand, inService, running, idle] of TABLE) {
    it(`${what}: ${idle}`, () => expect(idleInstances(demand, inService, running)).to.equal(idle));
  }
});

describe('stuck instances', () => {
  const ending = (instanceId: string, since: number) => ({
    instanceId,
    since: at(since),
    state: 'terminating' as const,
  });

  it('are those that take longer than the stop timeout and a quarter of an hour', () => {
    const [stopTimeout, quarter] = [110, 900];
    const all = [ending('i-0a', 0), ending('i-0b', 1)];
    const found = (seconds: number) =>
      stuckInstances(all, stopTimeout, at(seconds)).map(({ instance_id }) => instance_id);
    expect(found(stopTimeout + quarter - 0.001)).to.deep.equal([]);
    expect(found(stopTimeout + quarter)).to.deep.equal(['i-0a']);
    expect(found(stopTimeout + quarter + 1)).to.deep.equal(['i-0a', 'i-0b']);
  });

  it('give the time since which they have to end, and how they end', () => {
    expect(stuckInstances([{ ...ending('i-0a', 0), state: 'draining' }], 2, at(3600))).to.deep.equal([
      { instance_id: 'i-0a', state: 'draining', since: '2026-11-23T00:00:00.000Z' },
    ]);
  });
});
