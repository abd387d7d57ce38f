/** Chooses among candidates, in their order, and counts what becomes of them. */
import type { S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { SelectionCounts } from '../contract';
import type { Candidate, Detail, Page } from './candidate';
import { Criteria } from './criteria/criteria';
import type { Select } from './criteria/select';
import { describe } from './head';
import type { KeySet } from './key-set';

export interface SelectionOptions {
  s3: S3Client;
  /** Of the objects. */
  bucket: string;
  select: Select;
  /** Whether the source may name a key twice. */
  hasDuplicates: boolean;
  /** Whether all outputs of an object are up to date, which is then left out: for `select.changed`. */
  isUpToDate?(candidate: Candidate): Promise<boolean>;
  counts?: SelectionCounts;
  /** Those that were seen before, if there are duplicates. */
  keys: KeySet;
}

/** Requests at a time, and candidates at a time: the next ones wait until these are decided. */
export const CONCURRENCY = 100;
const EXAMPLES = 3;

export class Selection {
  readonly counts: SelectionCounts;
  private readonly criteria: Criteria;
  private readonly limit = pLimit(CONCURRENCY);

  constructor(private readonly options: SelectionOptions) {
    this.counts = options.counts ?? {
      seen: 0,
      selected: 0,
      bytes: 0,
      without_size: 0,
      passed_over: 0,
      duplicates: 0,
      missing: 0,
      up_to_date: 0,
      refused: {},
      examples: [],
    };
    this.criteria = new Criteria(options.select);
  }

  get keys(): KeySet {
    return this.options.keys;
  }

  get select(): Select {
    return this.options.select;
  }

  /** `select.limit` is reached: no page changes anything. */
  get isComplete(): boolean {
    return this.counts.selected >= (this.select.limit ?? Number.POSITIVE_INFINITY);
  }

  /** Those that are selected. */
  async choose({ candidates, passedOver = 0 }: Page<unknown>): Promise<Candidate[]> {
    const { counts } = this;
    counts.passed_over += passedOver;
    const possible = candidates.filter((candidate) => this.isPossible(candidate));
    const chosen: Candidate[] = [];
    for (let start = 0; start < possible.length && !this.isComplete; start += CONCURRENCY) {
      const decided = await this.decide(possible.slice(start, start + CONCURRENCY));
      for (const candidate of decided) {
        if (!candidate || this.isComplete) continue;
        counts.selected += 1;
        if (candidate.size === undefined) counts.without_size += 1;
        else counts.bytes += candidate.size;
        chosen.push(candidate);
      }
    }
    return chosen;
  }

  /** By the criteria that need no request. */
  private isPossible(candidate: Candidate): boolean {
    const { counts, keys, options } = this;
    counts.seen += 1;
    if (counts.examples.length < EXAMPLES) counts.examples.push(candidate.key);
    const refusal = this.criteria.refusalByKey(candidate);
    if (refusal) return this.refuse(refusal);
    if (!options.hasDuplicates || keys.add(candidate.key)) return true;
    counts.duplicates += 1;
    return false;
  }

  private decide(candidates: Candidate[]): Promise<(Candidate | undefined)[]> | (Candidate | undefined)[] {
    const needsNothing = !this.options.isUpToDate && candidates.every((each) => this.isDescribed(each));
    if (needsNothing) return candidates.map((candidate) => this.decideByDetails(candidate));
    return Promise.all(candidates.map((candidate) => this.limit(() => this.decideByRequests(candidate))));
  }

  /** An object that does not exist is selected, by any criteria: its task then fails as ObjectNotFound. */
  private async decideByRequests(candidate: Candidate): Promise<Candidate | undefined> {
    const { s3, bucket, isUpToDate } = this.options;
    const described = this.isDescribed(candidate) ? candidate : await describe(s3, bucket, candidate.key);
    if (!described) {
      this.counts.missing += 1;
      return candidate;
    }
    if (!this.decideByDetails(described)) return undefined;
    if (!(await isUpToDate?.(described))) return described;
    this.counts.up_to_date += 1;
    return undefined;
  }

  private decideByDetails(candidate: Candidate): Candidate | undefined {
    const refusal = this.criteria.refusalByDetails(candidate);
    if (!refusal) return candidate;
    this.refuse(refusal);
    return undefined;
  }

  /** Only the object itself says which version is the present one. */
  private isDescribed(candidate: Candidate): boolean {
    const { details } = this.criteria;
    const needed: Detail[] = this.options.isUpToDate ? [...details, 'etag'] : details;
    return needed.every((detail) => candidate[detail] !== undefined);
  }

  private refuse(criterion: keyof SelectionCounts['refused']): false {
    this.counts.refused[criterion] = (this.counts.refused[criterion] ?? 0) + 1;
    return false;
  }
}
