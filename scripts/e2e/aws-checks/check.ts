import type { Trial } from './trial';

/** A fact of AWS that the design rests on, and how a deployment shows it. docs/aws-checklist.md says why each matters. */
export interface AwsCheck {
  /** Its entry in docs/aws-checklist.md. */
  name: string;
  /** The fact, in one sentence. */
  expectation: string;
  /** Executions that it starts, one worker each. */
  runs: number;
  /** Why the local cloud has no answer of its own. Default: it has one. */
  onlyOnAws?: string;
  observe(trial: Trial): Promise<Observation>;
}

export interface Observation {
  /** Whether it is as expected. */
  holds: boolean;
  /** What was seen, for people. */
  observed: string;
}

/** What was seen, compared with what is expected. */
export function compare(seen: object, expected: object): Observation {
  const observed = JSON.stringify(seen);
  return { holds: observed === JSON.stringify(expected), observed };
}
