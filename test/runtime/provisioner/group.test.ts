import type { Activity } from '@aws-sdk/client-auto-scaling';
import { expect } from 'chai';
import { launchFailure } from '../../../runtime/provisioner/group';

const activity = (Description: string, StatusCode: string, StatusMessage?: string) => ({
  ActivityId: 'id',
  AutoScalingGroupName: 'group',
  Cause: 'a test',
  StartTime: new Date(),
  Description,
  StatusCode: StatusCode as 'Failed',
  StatusMessage,
});
const launch = (StatusCode: string, StatusMessage?: string) =>
  activity('Launching a new EC2 instance', StatusCode, StatusMessage);

const TABLE: [string, Activity[], string][] = [
  ['nothing was launched', [], ''],
  ['the latest launch failed', [launch('Failed', 'no capacity'), launch('Successful')], 'no capacity'],
  ['the latest launch succeeded', [launch('Successful'), launch('Failed', 'no capacity')], ''],
  ['the latest launch is under way', [launch('InProgress'), launch('Failed', 'no capacity')], 'no capacity'],
  ['an instance could not be terminated', [activity('Terminating EC2 instance', 'Failed', 'no')], ''],
  ['an activity of which nothing is said', [{ ...launch('Failed'), Description: undefined }], ''],
  ['the group gives no reason', [launch('Failed')], 'Launching a new EC2 instance'],
];

describe('why instances were not launched', () => {
  for (const [what, activities, reason] of TABLE) {
    it(`${what}: "${reason}"`, () => expect(launchFailure(activities)).to.equal(reason));
  }
});
