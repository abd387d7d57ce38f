import { expect } from 'chai';
import { alarmState } from './alarm-state';

/** The documentation's tables: data points (X breaches, - is missing), then the states with breaching and notBreaching. */
const THREE_OF_THREE: [string, string, string][] = [
  ['0 - X - X', 'OK', 'OK'],
  ['0 - - - -', 'OK', 'OK'],
  ['- - - - -', 'ALARM', 'OK'],
  ['0 X X - X', 'ALARM', 'ALARM'],
  ['- - - - X', 'ALARM', 'OK'],
  ['X - - - -', 'ALARM', 'OK'],
];
const TWO_OF_THREE: [string, string, string][] = [
  ['0 - X - X', 'ALARM', 'ALARM'],
  ['0 0 X 0 X', 'ALARM', 'ALARM'],
  ['0 - X - -', 'ALARM', 'OK'],
  ['- - - - 0', 'ALARM', 'OK'],
  ['- - - - X', 'ALARM', 'OK'],
];

describe('the state of an alarm', () => {
  for (const [toAlarm, table] of [
    [3, THREE_OF_THREE],
    [2, TWO_OF_THREE],
  ] as const) {
    for (const [text, breaching, notBreaching] of table) {
      it(`is that of CloudWatch's documentation: ${toAlarm} of 3 of ${text}`, () => {
        const points = text.split(' ').map((point) => (point === '-' ? undefined : Number(point === 'X')));
        const state = (treat_missing_data: string) =>
          alarmState(
            {
              evaluation_periods: 3,
              datapoints_to_alarm: toAlarm,
              comparison_operator: 'GreaterThanThreshold',
              threshold: 0,
              treat_missing_data,
            },
            points,
          );
        expect([state('breaching'), state('notBreaching')]).to.deep.equal([breaching, notBreaching]);
      });
    }
  }
});
