/** The setting `schedules`: executions that start by the clock. */
import * as z from 'zod';
import { describeIssues } from '../../runtime/issues';
import type { Json } from '../core/json';
import { expressionProblem } from './schedule-expression';

/** An entry of the setting, as it is written. */
export type GivenSchedule = { [field: string]: Json };

export type Schedule = {
  /** Unique among the schedules. */
  name: string;
  /** `cron(0 2 * * ? *)`, `rate(12 hours)` */
  expression: string;
  /** In which a cron expression is read: `Europe/Berlin`, `UTC`. */
  timezone: string;
  /** Input of the executions. The synthesis has checked it (scripts/stack/check-schedules.ts). */
  input: { [field: string]: Json };
};

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_NAME = 40;

const Entry = z.strictObject({
  name: z
    .string()
    .max(MAX_NAME)
    .regex(NAME, `must be up to ${MAX_NAME} lower-case letters, digits and single hyphens, a letter first`)
    .optional(),
  expression: z.string(),
  timezone: z
    .string()
    .refine(isTimezone, 'must be a name of the IANA time zone database such as Europe/Berlin')
    .default('UTC'),
  input: z.record(z.string(), z.json()),
});

/**
 * With names and time zones filled in: one without a name is `schedule-1` by its position. Throws an Error that names the first entry
 * that is wrong, its value and the remedy.
 */
export function readSchedules(given: GivenSchedule[]): Schedule[] {
  const schedules = given.map((entry, index) => readSchedule(entry, `schedule-${index + 1}`));
  const names = schedules.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new Error(`two schedules have the name ${twice}: give each its own`);
  return schedules;
}

function readSchedule(given: GivenSchedule, position: string): Schedule {
  const { success, error, data } = Entry.safeParse(given);
  if (!success) {
    const shown = JSON.stringify(given);
    throw new Error(
      `${position} is ${shown}: ${describeIssues(error)}; give an entry such as {"name": "nightly", "expression": "cron(0 2 * * ? *)", "timezone": "Europe/Berlin", "input": {"worker_count": 10, "prefix": "data/"}}`,
    );
  }
  const schedule = { ...data, name: data.name ?? position };
  const problem = expressionProblem(schedule.expression);
  if (problem)
    throw new Error(`${schedule.name} has the expression ${JSON.stringify(schedule.expression)}: ${problem}`);
  return schedule;
}

/** Node.js takes any case, and offsets such as +01:00: EventBridge Scheduler takes neither. */
function isTimezone(name: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return /^[A-Z]/.test(name) && (timeZone === name || timeZone.toLowerCase() !== name.toLowerCase());
  } catch {
    return false;
  }
}
