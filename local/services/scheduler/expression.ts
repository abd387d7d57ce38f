/**
 * When a schedule is due. AWS documentation: EventBridge Scheduler User Guide, "Schedule types". Croner evaluates cron expressions. It
 * deviates in one point: a time that daylight saving time skips is due right after the gap, where AWS leaves it out.
 */
import { Cron } from 'croner';
import { LocalCloudError } from '../../core/errors';

/** The first time that is due after another one; undefined if there is none. */
export type Due = (after: Date) => Date | undefined;

const MILLISECONDS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/**
 * The largest value of each field that may have an increment such as `5/15`; undefined if the field may not.
 */
const MAX_VALUES = [59, 23, 31, 12, 7, 2199];
const DAY_OF_WEEK = 4;

/** `timezone`: a name of the IANA database, for cron expressions. Throws a LocalCloudError for what it cannot read. */
export function dueTimes(expression: string, timezone: string): Due {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const milliseconds = Number(count) * (MILLISECONDS[unit] ?? Number.NaN);
  if (milliseconds > 0) return (after) => ifDate(new Date(after.getTime() + milliseconds));
  const [, fields] = /^cron\((.*)\)$/.exec(expression) ?? [];
  try {
    if (fields === undefined) throw new Error('neither rate(…) nor cron(…)');
    const cron = new Cron(`0 ${patternOf(fields)}`, { timezone, alternativeWeekdays: true, mode: '7-part' });
    return (after) => cron.nextRun(after) ?? undefined;
  } catch (error) {
    throw new LocalCloudError(
      `The local cloud cannot read the schedule ${expression} (${(error as Error).message}).`,
    );
  }
}

/** JavaScript has dates until the year 275760. */
function ifDate(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** AWS's six fields as Croner writes them. */
function patternOf(fields: string): string {
  const values = fields.trim().toUpperCase().split(/\s+/);
  return values
    .map((value, index) => {
      const elements = value.split(',').map((element) => stepped(element, MAX_VALUES[index] ?? 0));
      return index === DAY_OF_WEEK ? elements.map(lastWeekday).join(',') : elements.join(',');
    })
    .join(' ');
}

/** `5/15`: every 15th from 5 on. */
function stepped(element: string, maximum: number): string {
  return element.replace(/^(\w+)\//, `$1-${maximum}/`);
}

/** `L` is the last day of a week, `6L` the last Friday of a month. */
function lastWeekday(element: string): string {
  return element === 'L' ? 'SAT' : element.replace(/^(\w+)L$/, '$1#L');
}
