import { expect } from 'chai';
import type { ProvisionerEvent } from '../../../runtime/contract';
import { desiredCapacity, type Sizing } from '../../../runtime/provisioner/sizing';

const about = { execution_arn: 'own', redrive_count: 0 };
const provision: ProvisionerEvent = {
  action: 'provision',
  ...about,
  worker_count: 2,
  processor: 'checksum',
  parameters: {},
  started_at: '',
};
const resume: ProvisionerEvent = { action: 'resume', ...about };
/** The event of the workflow, which says how many workers the execution had. */
const leaves = (worker_count: number): ProvisionerEvent => ({
  action: 'deprovision',
  ...about,
  worker_count,
});
/** The event of the guard, which only knows that the execution has ended. */
const ended: ProvisionerEvent = { action: 'deprovision', ...about };
const schedule: ProvisionerEvent = { action: 'reconcile' };

interface More {
  /** The list of running executions is known to be incomplete. */
  incomplete?: true;
  /** A pass has just set a size, and this pass checks it: workers of the event's own execution in the pass before, and now. */
  own?: [before: number, now: number];
  /** Workers that all executions needed in the pass before, and workers that it has added. Default: as many as now, and none. */
  needed?: [before: number, given: number];
  /** The group's maximum. Default 10, as the deployment's. */
  maximum?: number;
  maxWorkers?: number;
}

type Row = [event: ProvisionerEvent, needed: number, from: number, to: number, what: string, more?: More];

// biome-ignore format: one line a case, in columns
const TABLE: Record<string, Row[]> = {
  //  event    needed from to
  'an execution starts': [
    [provision,  2,  0,  2, 'the first one'],
    [provision,  5,  3,  5, 'beside another'],
    [provision,  2,  2,  2, 'its workers are there'],
    [provision,  2,  6,  6, 'the group is larger than the list explains: it may be stale'],
    [provision,  2,  5,  5, 'the list is stale, and shows less than there is', { incomplete: true }],
    [provision,  4,  2,  4, 'the list is stale, and shows more than there is', { incomplete: true }],
  ],
  'an execution is redriven': [
    [resume,     2,  0,  2, 'it gets its workers'],
    [resume,     2,  6,  6, 'the group is larger than the list explains: it may be stale'],
  ],
  'an execution leaves': [
    [leaves(2),  0,  2,  0, 'the only one'],
    [leaves(2),  3,  5,  3, 'beside another'],
    [leaves(2),  3,  3,  3, 'told again'],
    [leaves(2),  0,  5,  3, 'the list is stale, without the other: the other keeps its workers'],
    [leaves(2),  0,  5,  5, 'the list is known to be stale', { incomplete: true }],
    [leaves(8),  0,  4,  0, 'the group could not give it all its workers'],
    [leaves(2),  6,  2,  6, 'another started meanwhile'],
  ],
  'an execution has ended': [
    [ended,      0,  2,  0, 'the only one'],
    [ended,      3,  5,  3, 'beside another'],
    [ended,      3,  3,  3, 'the workflow has scaled in before'],
    [ended,      0,  5,  0, 'the list is stale, without the other: the schedule brings its workers back'],
    [ended,      0,  5,  5, 'the list is known to be stale', { incomplete: true }],
  ],
  'the schedule': [
    [schedule,   0,  4,  0, 'nothing runs'],
    [schedule,   1,  3,  1, 'an event was lost'],
    [schedule,   2,  0,  2, 'a stale list took workers away'],
    [schedule,   0,  4,  4, 'the list is known to be stale', { incomplete: true }],
  ],
  limits: [
    [provision,  9,  0,  4, 'of the group', { maximum: 4 }],
    [provision,  9,  0,  4, 'of the deployment', { maxWorkers: 4 }],
    [provision,  9,  6,  6, 'a group beyond its maximum does not shrink under an execution', { maximum: 4 }],
    [schedule,   9,  6,  4, 'the schedule takes it back to the maximum', { maximum: 4 }],
  ],
  'a size was just set, and is checked': [
    [provision,  2,  2,  2, 'it still fits', { own: [2, 2] }],
    [provision,  5,  2,  5, 'another that starts in the same second is in the list now', { own: [2, 2] }],
    [provision,  2,  5,  5, 'another set more than this list shows', { own: [2, 2] }],
    [provision,  0,  2,  0, 'its own execution has ended: it takes back what it gave', { own: [2, 0] }],
    [provision,  0,  5,  3, 'its own execution has ended: another keeps its workers', { own: [2, 0] }],
    [provision,  0,  5,  3, 'its own execution has ended, the list is stale', { own: [2, 0], incomplete: true }],
    [provision,  2,  0,  2, 'its own execution was redriven meanwhile', { own: [0, 2] }],
    [provision,  2,  2,  2, 'its own execution was redriven, and has its workers', { own: [0, 2] }],
    [leaves(2),  0,  3,  3, 'an execution that leaves takes its workers along once', { own: [0, 0] }],
    [schedule,   0,  3,  3, 'the schedule takes workers away once', { own: [0, 0] }],
    [ended,      0,  1,  0, 'it was set for another that had ended', { own: [0, 0], needed: [1, 1] }],
    [ended,      2,  3,  2, 'the same, beside a third', { own: [0, 0], needed: [3, 1] }],
    [ended,      0,  4,  3, 'the same, and a third set more than this list shows', { own: [0, 0], needed: [3, 1] }],
    [ended,      0,  4,  3, 'the same, where fewer have ended than were added', { own: [0, 0], needed: [1, 4] }],
    [ended,      0,  3,  3, 'another has ended, and was given nothing', { own: [0, 0], needed: [2, 0] }],
    [ended,      0,  1,  1, 'the list is known to be stale', { own: [0, 0], needed: [1, 1], incomplete: true }],
    [provision,  2,  5,  3, 'another has ended that was given workers at the same time', { own: [2, 2], needed: [4, 4] }],
    [provision,  0,  4,  0, 'both have ended', { own: [2, 0], needed: [4, 4] }],
  ],
};

describe("the group's desired capacity", () => {
  for (const [group, rows] of Object.entries(TABLE)) {
    describe(group, () => {
      for (const [event, needed, from, to, what, more = {}] of rows) {
        it(`${what}: ${needed} needed, ${from} → ${to}`, () => {
          const {
            incomplete,
            own,
            needed: [before, given] = [needed, 0],
            maximum = 10,
            maxWorkers = 10,
          } = more;
          const sizing: Sizing = {
            event,
            demand: { workers: needed, own: own?.[1] ?? 0, complete: !incomplete },
            group: { desired: from, maximum },
            maxWorkers,
            previous: own && { own: own[0], workers: before, given },
          };
          expect(desiredCapacity(sizing)).to.equal(to);
        });
      }
    });
  }
});
