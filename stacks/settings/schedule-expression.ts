/**
 * The expressions of EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html. Expressions
 * for one time, `at(…)`, are left out: a deployment is for what comes again.
 */

interface Field {
  name: string;
  min: number;
  max: number;
  /** Texts that stand for the numbers from `min` on. */
  names?: string[];
  /** What it may be besides lists, ranges and increments. */
  special?: RegExp;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const FIELDS: Field[] = [
  { name: 'minutes', min: 0, max: 59 },
  { name: 'hours', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31, special: /^(\?|L|([1-9]|[12]\d|3[01])W)$/ },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  {
    name: 'day of week',
    min: 1,
    max: 7,
    names: DAYS,
    special: /^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/,
  },
  { name: 'year', min: 1970, max: 2199 },
];
const [DAY_OF_MONTH, DAY_OF_WEEK] = [2, 4];

const EXAMPLES =
  'give rate(12 hours), or cron(minutes hours day-of-month month day-of-week year) such as cron(0 2 * * ? *), every day at 2:00, or cron(30 18 ? * MON-FRI *)';

/** Why EventBridge Scheduler would refuse it, in one line with examples; undefined if it would not. */
export function expressionProblem(expression: string): string | undefined {
  const problem = problemOf(expression);
  return problem && `${problem}: ${EXAMPLES}`;
}

function problemOf(expression: string): string | undefined {
  const [, kind, inner = ''] = /^(rate|cron)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'rate') return rateProblem(inner);
  if (kind === 'cron') return cronProblem(inner.split(/\s+/).filter(Boolean));
  return 'it is neither rate(…) nor cron(…)';
}

function rateProblem(inner: string): string | undefined {
  const [, value, unit] = /^(\d+) (minutes?|hours?|days?)$/.exec(inner) ?? [];
  if (value === undefined || unit === undefined) return 'a rate has a number and minutes, hours or days';
  if (Number(value) < 1) return 'a rate is at least 1 minute';
  if (Number(value) > 1 && !unit.endsWith('s')) return `a rate of ${value} has the unit ${unit}s`;
  return undefined;
}

function cronProblem(values: string[]): string | undefined {
  if (values.length !== FIELDS.length) return `cron has 6 fields, not ${values.length}`;
  for (const [index, field] of FIELDS.entries()) {
    const value = values[index] ?? '';
    if (!isAllowed(value.toUpperCase(), field)) return `${value} is not allowed as its ${field.name}`;
  }
  const unspecific = [DAY_OF_MONTH, DAY_OF_WEEK].filter((index) => values[index] === '?');
  return unspecific.length === 1 ? undefined : 'give ? for exactly one of day of month and day of week';
}

function isAllowed(value: string, field: Field): boolean {
  return field.special?.test(value) || value.split(',').every((element) => isElement(element, field));
}

/** `*`, `5`, `1-5` or `MON-FRI`, each with an increment such as `/10` or without. */
function isElement(element: string, field: Field): boolean {
  const [range = '', increment, more] = element.split('/');
  if (more !== undefined || (increment !== undefined && !isIncrement(increment, field))) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((text) => numberOf(text, field));
  const [from, to] = [ends[0], ends.at(-1)];
  return ends.length <= 2 && from !== undefined && to !== undefined && from <= to;
}

function isIncrement(text: string, { max }: Field): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= max;
}

function numberOf(text: string, { min, max, names = [] }: Field): number | undefined {
  const number = names.includes(text)
    ? names.indexOf(text) + min
    : /^\d+$/.test(text)
      ? Number(text)
      : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}
