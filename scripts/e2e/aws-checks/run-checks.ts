/** Runs the checks one after the other, and prints what each found. */
import { EXIT } from '../../cli/command';
import { credentialProblem } from '../../cli/credential-problem';
import type { Progress } from '../../cli/progress';
import { printJson } from '../../cli/terminal';
import type { Target } from '../../target/target';
import type { AwsCheck, Observation } from './check';
import { Trial } from './trial';

/**
 * `holds`: as expected. `differs`: AWS does otherwise. `untried`: the check itself failed. `only-on-aws`: the local cloud has no answer
 * of its own.
 */
export type Verdict = 'holds' | 'differs' | 'untried' | 'only-on-aws';

/** A line of `--json`, in `checks`. */
export interface CheckResult {
  name: string;
  expectation: string;
  /** What was seen; of one that was not tried, why. */
  observed: string;
  verdict: Verdict;
  seconds: number;
}

const WORDS: Record<Verdict, string> = {
  holds: 'holds',
  differs: 'DIFFERS',
  untried: 'UNTRIED',
  'only-on-aws': 'only on AWS',
};

/** What a run costs at most: a worker for some minutes. */
const MINUTES_PER_RUN = 4;

/** Returns the exit code. A check that fails does not keep the others from running. */
export async function runChecks(
  target: Target,
  checks: readonly AwsCheck[],
  { json }: { json?: boolean },
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  if (target.kind === 'aws') progress.note(costOf(checks));
  const results: CheckResult[] = [];
  for (const check of checks) {
    signal.throwIfAborted();
    progress.step(`Trying ${check.name}`);
    const since = Date.now();
    const { verdict, observed } = await decide(target, check, signal);
    signal.throwIfAborted();
    const { name, expectation } = check;
    results.push({ name, expectation, observed, verdict, seconds: (Date.now() - since) / 1000 });
    progress.end();
    if (!json) {
      process.stdout.write(`${WORDS[verdict].padEnd(12)} ${name.padEnd(15)} ${expectation}\n`);
      process.stdout.write(`${' '.repeat(28)} ${observed}\n`);
    }
  }
  const count = (verdict: Verdict) => results.filter((result) => result.verdict === verdict).length;
  const counts = {
    holds: count('holds'),
    differs: count('differs'),
    untried: count('untried'),
    only_on_aws: count('only-on-aws'),
  };
  if (json) printJson({ target: target.kind, ...counts, checks: results });
  else {
    const numbers = Object.entries(WORDS).map(([verdict, word]) => `${count(verdict as Verdict)} ${word}`);
    process.stdout.write(`${numbers.join(', ')}. docs/aws-checklist.md says why each matters.\n`);
  }
  return counts.differs + counts.untried === 0 ? EXIT.done : EXIT.failed;
}

async function decide(
  target: Target,
  check: AwsCheck,
  signal: AbortSignal,
): Promise<Pick<CheckResult, 'verdict' | 'observed'>> {
  if (target.kind === 'local' && check.onlyOnAws !== undefined)
    return { verdict: 'only-on-aws', observed: `The local cloud cannot check this: ${check.onlyOnAws}.` };
  const trial = new Trial(target, check.name, signal);
  let found: Observation | undefined;
  try {
    found = await check.observe(trial).finally(() => trial.close());
  } catch (error) {
    const why =
      credentialProblem(error) ?? (error instanceof Error ? `${error.name}: ${error.message}` : error);
    const seen = found ? `; seen before: ${found.observed}` : '';
    return { verdict: 'untried', observed: `${why}${seen}` };
  }
  return { verdict: found.holds ? 'holds' : 'differs', observed: found.observed };
}

function costOf(checks: readonly AwsCheck[]): string {
  const runs = checks.reduce((sum, check) => sum + check.runs, 0);
  return runs === 0
    ? 'The checks only read, and cost nothing.'
    : `The checks start ${runs} runs of one worker each, one after the other: about ${runs * MINUTES_PER_RUN} minutes, and one instance for that time. Nothing is left running or stored.`;
}
