import { AutoScalingClient, type Instance } from '@aws-sdk/client-auto-scaling';
import { expect } from 'chai';
import { isOverdue, readTerminating } from '../../../runtime/provisioner/terminating';
import { SilentServer } from '../support/silent-server';
import { at } from './tasks';

const instance = (InstanceId: string, LifecycleState: string) => ({ InstanceId, LifecycleState }) as Instance;
const activity = (description: string, seconds: number) =>
  `<member><Description>${description}</Description><StartTime>${at(seconds).toISOString()}</StartTime></member>`;
const terminating = (id: string, seconds: number) => activity(`Terminating EC2 instance: ${id}`, seconds);

describe('the instances that a group terminates', () => {
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

  const asked = () => server.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  const reply = (activities: string[], nextToken = '') => {
    const token = nextToken && `<NextToken>${nextToken}</NextToken>`;
    const result = `<Activities>${activities.join('')}</Activities>${token}`;
    const name = 'DescribeScalingActivities';
    server.reply(200, `<${name}Response><${name}Result>${result}</${name}Result></${name}Response>`);
  };

  it('are none, without a request, if all are in service', async () => {
    const all = [instance('i-0a', 'InService'), instance('i-0b', 'Pending'), instance('i-0c', 'Terminated')];
    expect(await readTerminating(autoScaling, 'group', all)).to.deep.equal([]);
    expect(server.requests).to.deep.equal([]);
  });

  it('are those in every state of termination, the first one first, for any number of activities', async () => {
    // Others have ended since: they do not count towards the instances that it looks for.
    reply(
      [
        terminating('i-0c', 30),
        activity('Launching a new EC2 instance: i-0a', 0),
        ...['i-0aa', 'i-0bb'].map((id) => terminating(id, 5)),
      ],
      'next',
    );
    reply([terminating('i-0a', 10), terminating('i-0b - Waiting For ELB Connection Draining', 20)], 'older');
    const all = [
      instance('i-0c', 'Terminating:Proceed'),
      instance('i-0b', 'Terminating:Wait'),
      instance('i-0a', 'Terminating'),
      instance('i-0d', 'InService'),
    ];
    const found = await readTerminating(autoScaling, 'group', all);
    expect(found.map(({ instanceId, since }) => [instanceId, since.getTime()])).to.deep.equal([
      ['i-0a', at(10).getTime()],
      ['i-0b', at(20).getTime()],
      ['i-0c', at(30).getTime()],
    ]);
    // It reads the group's own activities, and only the pages that it needs.
    expect(
      asked().map(({ AutoScalingGroupName, NextToken }) => [AutoScalingGroupName, NextToken]),
    ).to.deep.equal([
      ['group', undefined],
      ['group', 'next'],
    ]);
  });

  it('have only just begun to end if no activity says so yet', async () => {
    reply([]);
    const [found] = await readTerminating(autoScaling, 'group', [instance('i-0a', 'Terminating')]);
    expect(isOverdue(found?.since ?? at(0), 0, new Date())).to.equal(false);
  });
});
