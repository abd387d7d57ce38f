/** Whether an object is selected: a pure function of its key and what is known of it. */
import { createHash } from 'node:crypto';
import type { Candidate, Detail } from '../candidate';
import { compileGlobs, type KeyTest } from './glob';
import type { Select } from './select';

/** The criteria that decide on each object for itself; `changed` and `limit` come after them. */
export type Criterion = Exclude<keyof Select, 'changed' | 'limit'>;

type Test = [Criterion, (candidate: Candidate) => boolean];

export class Criteria {
  private readonly byKey: Test[] = [];
  private readonly byDetails: Test[] = [];
  /** The details without which `refusal` cannot decide. */
  readonly details: Detail[] = [];

  constructor(select: Select) {
    const { match, exclude, sample } = select;
    if (match) this.byKey.push(['match', onKey(compileGlobs(match))]);
    if (exclude) this.byKey.push(['exclude', not(onKey(compileGlobs(exclude)))]);
    if (sample !== undefined) this.byKey.push(['sample', ({ key }) => placeOf(key) < sample]);

    const { larger_than, smaller_than } = select;
    if (larger_than !== undefined) this.add('larger_than', 'size', (size) => size > larger_than);
    if (smaller_than !== undefined) this.add('smaller_than', 'size', (size) => size < smaller_than);

    const { modified_after, modified_before } = select;
    const [from, to] = [modified_after, modified_before].map((date) => Date.parse(date ?? ''));
    if (modified_after !== undefined) {
      this.add('modified_after', 'modified', (modified) => modified >= Number(from));
    }
    if (modified_before !== undefined) {
      this.add('modified_before', 'modified', (modified) => modified < Number(to));
    }

    const { storage_class } = select;
    if (storage_class)
      this.add('storage_class', 'storageClass', (name) => storage_class.includes(name as never));
  }

  /** The first criterion on keys that the object does not meet. */
  refusalByKey(candidate: Candidate): Criterion | undefined {
    return firstFailed(this.byKey, candidate);
  }

  /** The first other criterion that the object does not meet; its `details` must be known. */
  refusalByDetails(candidate: Candidate): Criterion | undefined {
    return firstFailed(this.byDetails, candidate);
  }

  private add<Name extends Detail>(
    criterion: Criterion,
    detail: Name,
    test: (value: NonNullable<Candidate[Name]>) => boolean,
  ): void {
    if (!this.details.includes(detail)) this.details.push(detail);
    this.byDetails.push([
      criterion,
      ({ [detail]: value }) => value !== undefined && test(value as NonNullable<Candidate[Name]>),
    ]);
  }
}

function firstFailed(tests: Test[], candidate: Candidate): Criterion | undefined {
  return tests.find(([, test]) => !test(candidate))?.[0];
}

const onKey =
  (test: KeyTest): Test[1] =>
  ({ key }) =>
    test(key);
const not =
  (test: Test[1]): Test[1] =>
  (candidate) =>
    !test(candidate);

/** Where in the sample a key stands: 0 to just below 1, evenly spread, the same whatever else there is. */
function placeOf(key: string): number {
  return createHash('sha256').update(key).digest().readUIntBE(0, 6) / 2 ** 48;
}
