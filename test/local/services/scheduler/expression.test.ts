import { expect } from 'chai';
import { LocalCloudError } from '../../../../local/core/errors';
import { dueTimes } from '../../../../local/services/scheduler/expression';

/** A Friday. */
const NOW = new Date('2026-11-27T10:20:30Z');

describe('the times of a schedule', () => {
  const next = (expression: string, timezone = 'UTC', count = 1): string[] => {
    const due = dueTimes(expression, timezone);
    const times: string[] = [];
    for (let after: Date | undefined = NOW; times.length < count; ) {
      after = due(after);
      if (!after) break;
      times.push(after.toISOString().replace(':00.000Z', ''));
    }
    return times;
  };

  // The first ones are AWS's own examples.
  const CASES: [string, string[]][] = [
    ['cron(0 10 * * ? *)', ['2026-11-28T10:00', '2026-11-29T10:00']],
    ['cron(15 12 * * ? *)', ['2026-11-27T12:15', '2026-11-28T12:15']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-11-27T18:00', '2026-11-30T18:00']],
    ['cron(0 8 1 * ? *)', ['2026-12-01T08:00', '2027-01-01T08:00']],
    ['cron(0/15 * * * ? *)', ['2026-11-27T10:30', '2026-11-27T10:45']],
    ['cron(0/10 * ? * MON-FRI *)', ['2026-11-27T10:30', '2026-11-27T10:40']],
    [
      'cron(5/20 12,14 * * ? *)',
      ['2026-11-27T12:05', '2026-11-27T12:25', '2026-11-27T12:45', '2026-11-27T14:05'],
    ],
    ['cron(0 2 L * ? *)', ['2026-11-30T02:00', '2026-12-31T02:00']],
    ['cron(0 2 28W * ? *)', ['2026-12-28T02:00', '2027-01-28T02:00']],
    ['cron(0 2 ? * 6L *)', ['2026-12-25T02:00', '2027-01-29T02:00']],
    ['cron(0 2 ? * FRIL *)', ['2026-12-25T02:00']],
    ['cron(0 2 ? * 3#2 *)', ['2026-12-08T02:00', '2027-01-12T02:00']],
    ['cron(0 2 ? * 1 *)', ['2026-11-29T02:00']],
    ['cron(0 2 ? * 7 *)', ['2026-11-28T02:00']],
    ['cron(0 2 ? * L *)', ['2026-11-28T02:00']],
    ['cron(0 2 ? * sun *)', ['2026-11-29T02:00']],
    ['cron(0 2 1 JAN,JUL ? 2027)', ['2027-01-01T02:00', '2027-07-01T02:00']],
    ['cron(0 2 29 FEB ? *)', ['2028-02-29T02:00']],
  ];
  for (const [expression, times] of CASES) {
    it(`${expression}: ${times[0]}`, () => {
      expect(next(expression, 'UTC', times.length)).to.deep.equal(times);
    });
  }

  it('are those of the time zone, through daylight saving time', () => {
    expect(next('cron(0 2 * * ? *)', 'Europe/Berlin')).to.deep.equal(['2026-11-28T01:00']);
    const due = dueTimes('cron(30 4 * * ? *)', 'Europe/Berlin');
    const times = ['2027-03-27T12:00Z', '2027-03-28T12:00Z'].map((after) =>
      due(new Date(after))?.toISOString(),
    );
    expect(times).to.deep.equal(['2027-03-28T02:30:00.000Z', '2027-03-29T02:30:00.000Z']);
  });

  it('are as far apart as a rate says', () => {
    for (const [expression, minutes] of [
      ['rate(1 minute)', 1],
      ['rate(5 minutes)', 5],
      ['rate(12 hours)', 720],
      ['rate(30 days)', 43_200],
    ] as const) {
      const due = dueTimes(expression, 'UTC')(NOW);
      expect(Number(due) - Number(NOW), expression).to.equal(minutes * 60_000);
    }
  });

  it('are none for a date that never occurs', () => {
    expect(next('cron(0 2 30 2 ? *)')).to.deep.equal([]);
    expect(next('cron(0 2 * * ? 2020)')).to.deep.equal([]);
    expect(next('rate(99999999999999999 days)')).to.deep.equal([]);
  });

  it('come only from valid expressions: one line names any other', () => {
    for (const expression of [
      'at(2026-01-01T00:00:00)',
      'cron(0 2 * *)',
      'cron(99 2 * * ? *)',
      'rate(0 days)',
    ]) {
      expect(() => dueTimes(expression, 'UTC'), expression).to.throw(LocalCloudError, expression);
    }
  });
});
