/** The rules of a stack with their targets. */
import { LocalCloudError } from '../../core/errors';
import type { Attributes, Stack } from '../../core/stack/stack';
import { compilePattern } from './pattern';

export interface Rule {
  attributes: Attributes;
  targets: Attributes[];
  /** Whether an event fits; a rule with a schedule has none. */
  matches?: ReturnType<typeof compilePattern>;
  /** The period of a schedule. */
  everyMilliseconds?: number;
}

const MILLISECONDS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Throws a LocalCloudError for a pattern, a schedule or a target that the local cloud does not serve. */
export function rulesOf(stack: Stack): Rule[] {
  const targets = stack.resources('aws_cloudwatch_event_target').map(({ attributes }) => attributes);
  const other = targets.find(({ arn }) => !arn.includes(':lambda:'));
  if (other)
    throw new LocalCloudError(`The rule ${other.rule} has a target that is not a function: ${other.arn}.`);
  return stack.resources('aws_cloudwatch_event_rule').map(({ attributes }) => ({
    attributes,
    targets: targets.filter(({ rule }) => rule === attributes.name),
    matches: attributes.event_pattern && compilePattern(JSON.parse(attributes.event_pattern)),
    everyMilliseconds: periodOf(attributes),
  }));
}

function periodOf({ schedule_expression: expression, name }: Attributes): number | undefined {
  if (expression === undefined) return undefined;
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const milliseconds = Number(count) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
  if (milliseconds > 0) return milliseconds;
  throw new LocalCloudError(
    `The rule ${name} has the schedule ${expression}: the local cloud knows rate(…) only.`,
  );
}
