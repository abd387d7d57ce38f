import { expect } from 'chai';
import type { ProvisionerEvent } from '../../../runtime/contract';
import { type Demand, demandOf } from '../../../runtime/provisioner/demand';
import type { ObservedExecution } from '../../../runtime/provisioner/executions';

const SINCE = new Date('2026-11-23T10:00:00Z');

const listed = (redriveCount = 0) => ({ redriveCount, runningSince: SINCE });
const runs = (input: unknown, redriveCount = 0) => ({
  isRunning: true,
  redriveCount,
  input: JSON.stringify(input),
});
const over = (worker_count: number, redriveCount = 0) => ({
  isRunning: false,
  redriveCount,
  input: JSON.stringify({ worker_count }),
});
const asks = (worker_count: unknown) => runs({ worker_count });

const schedule: ProvisionerEvent = { action: 'reconcile' };
const provision = (redrive_count = 0): ProvisionerEvent => ({
  action: 'provision',
  execution_arn: 'own',
  redrive_count,
  worker_count: 2,
  processor: 'checksum',
  parameters: {},
  started_at: '',
});
const resume = (redrive_count: number): ProvisionerEvent => ({
  action: 'resume',
  execution_arn: 'own',
  redrive_count,
});
const deprovision = (redrive_count = 0): ProvisionerEvent => ({
  action: 'deprovision',
  execution_arn: 'own',
  redrive_count,
});

const other: ObservedExecution = { executionArn: 'other', listed: listed(), described: asks(3) };
const own = (rest: Omit<ObservedExecution, 'executionArn'>): ObservedExecution => ({
  executionArn: 'own',
  ...rest,
});
const counts = (workers: number, ownWorkers: number, complete: boolean, ...executions: string[]) => ({
  workers,
  own: ownWorkers,
  complete,
  executions: executions.map((executionArn) => ({ executionArn, runningSince: SINCE })),
});

const TABLE: [string, ProvisionerEvent, ObservedExecution[], Demand][] = [
  ['nothing runs', schedule, [], counts(0, 0, true)],
  [
    'everything that is listed counts',
    schedule,
    [other, own({ listed: listed(), described: asks(2) })],
    counts(5, 0, true, 'other', 'own'),
  ],
  [
    'one whose objects are still being selected needs no workers yet',
    schedule,
    [other, own({ listed: listed(), described: { ...asks(2), isSelecting: true } })],
    counts(3, 0, true, 'other'),
  ],
  [
    'one that asks for workers is not selecting any more, no matter what its history shows',
    provision(),
    [other, own({ listed: listed(), described: { ...asks(2), isSelecting: true } })],
    counts(5, 2, true, 'other', 'own'),
  ],
  [
    'one that has ended is listed still: it does not count',
    schedule,
    [other, own({ listed: listed(), described: over(2) })],
    counts(3, 0, true, 'other'),
  ],
  [
    'one that is listed as redriven, and described as ended before: it counts',
    schedule,
    [own({ listed: listed(1), described: over(2, 0) })],
    counts(2, 0, true, 'own'),
  ],
  [
    'one that nobody can describe yet: the demand is not complete',
    schedule,
    [other, own({ listed: listed() })],
    counts(3, 0, false, 'other'),
  ],
  [
    'the execution that provisions is listed: its workers are its own',
    provision(),
    [other, own({ listed: listed(), described: asks(2) })],
    counts(5, 2, true, 'other', 'own'),
  ],
  [
    'the execution that provisions is not listed yet: others may be missing too',
    provision(),
    [other, own({ described: asks(2) })],
    counts(5, 2, false, 'other'),
  ],
  [
    'the execution that provisions cannot be described yet: the event says what it needs',
    provision(),
    [own({})],
    counts(2, 2, false),
  ],
  [
    'the execution that provisions has ended meanwhile: the list may lack it',
    provision(),
    [other, own({ described: over(2) })],
    counts(3, 0, true, 'other'),
  ],
  [
    'the list is older than the redrive that provisions',
    provision(1),
    [own({ listed: listed(0), described: runs({ worker_count: 2 }, 1) })],
    counts(2, 2, false),
  ],
  [
    'list and description are older than the redrive that provisions',
    provision(1),
    [own({ listed: listed(0), described: over(2, 0) })],
    counts(2, 2, false),
  ],
  [
    'the execution that provisions was redriven once more: the list knows better',
    provision(0),
    [own({ listed: listed(1), described: runs({ worker_count: 2 }, 1) })],
    counts(2, 2, true, 'own'),
  ],
  [
    'the redriven execution is listed',
    resume(1),
    [own({ listed: listed(1), described: runs({ worker_count: 4 }, 1) })],
    counts(4, 4, true, 'own'),
  ],
  [
    'the redriven execution is not listed yet',
    resume(1),
    [other, own({ described: over(4, 0) })],
    counts(7, 4, false, 'other'),
  ],
  [
    'the redriven execution cannot be described: nobody knows what it needs',
    resume(1),
    [own({})],
    counts(0, 0, false),
  ],
  [
    'the execution that leaves is listed still: it does not count',
    deprovision(),
    [other, own({ listed: listed(), described: asks(2) })],
    counts(3, 0, true, 'other'),
  ],
  [
    'the execution that has ended was redriven since: the event came late',
    deprovision(0),
    [own({ listed: listed(1), described: runs({ worker_count: 2 }, 1) })],
    counts(2, 0, true, 'own'),
  ],
];

describe('what the running executions need', () => {
  for (const [what, event, executions, demand] of TABLE) {
    it(what, () => {
      expect(demandOf(executions, event)).to.deep.equal(demand);
    });
  }

  const inputs: [unknown, number][] = [
    [{ worker_count: 1 }, 1],
    // It may be more than the maximum, since a deployment may have lowered that.
    [{ worker_count: 1000 }, 1000],
    [{ worker_count: 0 }, 0],
    [{ worker_count: -1 }, 0],
    [{ worker_count: 1.5 }, 0],
    [{ worker_count: '2' }, 0],
    [{}, 0],
    [[], 0],
    [null, 0],
    ['text', 0],
  ];
  for (const [input, workers] of inputs) {
    it(`${workers} for the input ${JSON.stringify(input)}, which the workflow ${workers > 0 ? 'has accepted' : 'refuses'}`, () => {
      const execution = own({ listed: listed(), described: runs(input) });
      const found = demandOf([execution], schedule);
      expect(found).to.deep.equal(workers > 0 ? counts(workers, 0, true, 'own') : counts(0, 0, true));
    });
  }
});
