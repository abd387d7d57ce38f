/**
 * The state of an alarm for its data points, by CloudWatch's documentation:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
import type { Arguments } from '../synthesize';

/** CloudWatch retrieves more data points than it evaluates. The documentation's example has two more. */
const EXTRA_POINTS = 2;

/** `points`: the oldest first, undefined for missing data. */
export function alarmState(alarm: Arguments, points: (number | undefined)[]): 'ALARM' | 'OK' {
  const { evaluation_periods: periods, datapoints_to_alarm: toAlarm, treat_missing_data: missing } = alarm;
  if (!['breaching', 'notBreaching'].includes(missing)) throw new Error(`${missing} is not modelled`);
  const retrieved = points.slice(-(periods + EXTRA_POINTS));
  const existing = retrieved.filter((point) => point !== undefined).map((point) => breaches(alarm, point));
  const evaluated = existing.slice(-periods);
  while (evaluated.length < periods) evaluated.push(missing === 'breaching');
  return evaluated.filter(Boolean).length >= toAlarm ? 'ALARM' : 'OK';
}

function breaches({ comparison_operator: operator, threshold }: Arguments, point: number): boolean {
  if (operator === 'GreaterThanThreshold') return point > threshold;
  if (operator === 'LessThanOrEqualToThreshold') return point <= threshold;
  throw new Error(`${operator} is not modelled`);
}
