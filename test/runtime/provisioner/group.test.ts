import { type Activity, AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { expect } from 'chai';
import { launchFailure, readGroup, readLaunchFailure } from '../../../runtime/provisioner/group';
import { SilentServer } from '../support/silent-server';

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
  ['an activity without a description', [{ ...launch('Failed'), Description: undefined }], ''],
  ['the group gives no reason', [launch('Failed')], 'Launching a new EC2 instance'],
];

describe('why instances were not launched', () => {
  for (const [what, activities, reason] of TABLE) {
    it(`${what}: "${reason}"`, () => expect(launchFailure(activities)).to.equal(reason));
  }
});

describe('reading a group', () => {
  let server: SilentServer;
  let autoScaling: AutoScalingClient;
  beforeEach(async () => {
    server = await SilentServer.start();
    autoScaling = new AutoScalingClient({ maxAttempts: 1 });
  });
  afterEach(() => {
    autoScaling.destroy();
    server.close();
  });
  const reply = (action: string, result: string) =>
    server.reply(200, `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`);
  const asked = () => Object.fromEntries(new URLSearchParams(server.requests[0]?.body));

  it('finds no instance if the answer has none', async () => {
    const members = '<member><DesiredCapacity>2</DesiredCapacity><MaxSize>4</MaxSize></member>';
    reply('DescribeAutoScalingGroups', `<AutoScalingGroups>${members}</AutoScalingGroups>`);
    const group = await readGroup(autoScaling, 'group');
    expect(group).to.deep.equal({ desired: 2, maximum: 4, inService: 0 });
    expect(asked()).to.include({ 'AutoScalingGroupNames.member.1': 'group' });
  });

  it('asks why its own launches failed, and finds no reason if the answer has none', async () => {
    reply('DescribeScalingActivities', '');
    expect(await readLaunchFailure(autoScaling, 'group')).to.equal('');
    expect(asked()).to.include({ AutoScalingGroupName: 'group', MaxRecords: '100' });
  });
});
