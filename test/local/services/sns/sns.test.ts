import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { expect } from 'chai';
import type { LocalCloud } from '../../../../local/cloud';
import { failure } from '../../../support/failure';
import { bootFixture } from '../../support/fixture-stack';

const OWN = 'arn:aws:sns:eu-west-1:000000000000:team';

describe('SNS', () => {
  const lines: string[] = [];
  let cloud: LocalCloud;
  let sns: SNSClient;

  before(async () => {
    const topic_arn = '${aws_sns_topic.team.arn}';
    const resources = {
      aws_sns_topic: { team: { name: 'team' } },
      aws_sns_topic_subscription: { team: { topic_arn, protocol: 'email', endpoint: 'team@example.org' } },
    };
    cloud = await bootFixture({ resources }, { onLog: (_group, _stream, line) => lines.push(line) });
    sns = new SNSClient(cloud.clientConfig);
  });
  after(async () => {
    sns.destroy();
    await cloud.close();
  });

  it('makes a log line of a message', async () => {
    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn: OWN,
        Subject: 'It ended',
        Message: 'Objects  3\nfailed   "0" & <none>\n',
        MessageAttributes: { status: { DataType: 'String', StringValue: 'SUCCEEDED' } },
      }),
    );
    const { timestamp, ...line } = JSON.parse(lines.at(-1) ?? '');
    expect(Date.parse(timestamp)).to.be.a('number');
    expect(line).to.deep.equal({
      message: 'Notification',
      topic_arn: OWN,
      message_id: MessageId,
      subject: 'It ended',
      text: 'Objects  3\nfailed   "0" & <none>\n',
      attributes: { status: 'SUCCEEDED' },
    });
    const logGroupName = 'sns/eu-west-1/000000000000/team';
    const logs = new CloudWatchLogsClient(cloud.clientConfig);
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    expect(events?.map(({ message }) => message)).to.deep.equal([lines.at(-1)]);
    logs.destroy();
  });

  it('accepts messages for topics of other accounts, and refuses a missing one of its own', async () => {
    const publish = (TopicArn: string, Subject?: string) =>
      sns.send(new PublishCommand({ TopicArn, Message: 'x', Subject }));
    await publish('arn:aws:sns:eu-west-1:123456789012:oncall');
    expect(JSON.parse(lines.at(-1) ?? '').topic_arn).to.contain(':oncall');
    expect((await failure(publish(`${OWN}-2`))).name).to.equal('NotFoundException');
    for (const subject of ['ü', ' x', 'a\nb', 'x'.repeat(100)])
      expect((await failure(publish(OWN, subject))).name, subject).to.equal('InvalidParameterException');
  });

  it('lists topics, and subscriptions that wait for confirmation', async () => {
    const { Topics } = await sns.send(new ListTopicsCommand({}));
    expect(Topics).to.deep.equal([{ TopicArn: OWN }]);
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: OWN }));
    expect(Subscriptions?.[0]).to.include({ Endpoint: 'team@example.org', Protocol: 'email' });
  });
});
