/** Valid expressions of EventBridge Scheduler, and the errors of invalid ones. */
import { expect } from 'chai';
import { expressionProblem } from '../../../stacks/settings/schedule-expression';

const ALLOWED = [
  'rate(1 minute)',
  'rate(1 minutes)',
  'rate(15 minutes)',
  'rate(12 hours)',
  'rate(7 days)',
  // AWS's own examples.
  'cron(0 10 * * ? *)',
  'cron(15 12 * * ? *)',
  'cron(0 18 ? * MON-FRI *)',
  'cron(0 8 1 * ? *)',
  'cron(0/15 * * * ? *)',
  'cron(0/10 * ? * MON-FRI *)',
  'cron(0/5 8-17 ? * MON-FRI *)',
  'cron(15 10 ? * 6L 2022-2030)',
  'cron(0 9 ? * 2#1 *)',
  'cron(0 2 L * ? *)',
  'cron(0 2 3W * ? *)',
  'cron(0 2 ? * L *)',
  'cron(0 2 1,15 jan,JUL ? 2027,2029)',
  'cron(*/5 * * * ? *)',
];

const REFUSED: [string, RegExp][] = [
  ['', /neither rate\(…\) nor cron\(…\)/],
  ['0 2 * * *', /neither rate/],
  ['@daily', /neither rate/],
  ['at(2026-12-24T02:00:00)', /neither rate/],
  ['rate(0 minutes)', /at least 1 minute/],
  ['rate(5 minute)', /a rate of 5 has the unit minutes/],
  ['rate(1.5 hours)', /a number and minutes, hours or days/],
  ['rate(30 seconds)', /minutes, hours or days/],
  ['rate(2 weeks)', /minutes, hours or days/],
  ['cron(0 2 * * ?)', /6 fields, not 5/],
  ['cron(0 0 2 * * ? *)', /6 fields, not 7/],
  ['cron(60 2 * * ? *)', /60 is not allowed as its minutes/],
  ['cron(0 24 * * ? *)', /24 is not allowed as its hours/],
  ['cron(0 2 0 * ? *)', /0 is not allowed as its day of month/],
  ['cron(0 2 32W * ? *)', /day of month/],
  ['cron(0 2 * 13 ? *)', /13 is not allowed as its month/],
  ['cron(0 2 * FOO ? *)', /FOO is not allowed as its month/],
  ['cron(0 2 ? * 0 *)', /0 is not allowed as its day of week/],
  ['cron(0 2 ? * 3#6 *)', /day of week/],
  ['cron(0 2 ? * 3#1,6#3 *)', /day of week/],
  ['cron(0 2 ? * FRI-MON *)', /FRI-MON is not allowed/],
  ['cron(0 2 * * ? 1969)', /1969 is not allowed as its year/],
  ['cron(0 2 ? * * 2200)', /year/],
  ['cron(5- 2 * * ? *)', /minutes/],
  ['cron(0/0 2 * * ? *)', /minutes/],
  ['cron(0/5/5 2 * * ? *)', /minutes/],
  ['cron(0, 2 * * ? *)', /minutes/],
  ['cron(L 2 * * ? *)', /minutes/],
  ['cron(0 2 * * * *)', /give \? for exactly one of day of month and day of week/],
  ['cron(0 2 ? * ? *)', /give \? for exactly one of day of month and day of week/],
  ['cron(0 2 15 * MON *)', /give \? for exactly one of day of month and day of week/],
];

describe('the expression of a schedule', () => {
  for (const expression of ALLOWED) {
    it(`may be ${expression}`, () => {
      expect(expressionProblem(expression)).to.equal(undefined);
    });
  }

  for (const [expression, problem] of REFUSED) {
    it(`may not be ${expression || 'empty'}`, () => {
      const line = expressionProblem(expression);
      expect(line).to.match(problem).and.to.include('cron(0 2 * * ? *)').and.to.include('rate(12 hours)');
      expect(line).not.to.include('\n');
    });
  }
});
