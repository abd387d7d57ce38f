/** The function that Lambda calls, with services whose answers the test sets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { serviceEnvironment, setEnvironment } from '../support/environment';
import { captureLines } from '../support/lines';
import { loadFunction } from '../support/load-function';

const ARN = 'arn:aws:states:eu-west-1:123456789012:execution:batch-processor:run-1';
const PUBLISHED =
  '<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>';

describe("the notifier's function", () => {
  const lines = captureLines();
  /** The messages that SNS was asked to publish. */
  const published: Record<string, string>[] = [];
  let redriveCount: number;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const isStates = 'x-amz-target' in request.headers;
    if (!isStates) published.push(Object.fromEntries(new URLSearchParams(body)));
    const described = {
      executionArn: ARN,
      name: 'run-1',
      status: 'FAILED',
      startDate: 1,
      stopDate: 61,
      redriveCount,
    };
    response.writeHead(200).end(isStates ? JSON.stringify(described) : PUBLISHED);
  });
  let restore: () => void;
  before(async () => {
    published.length = 0;
    redriveCount = 1;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    restore = setEnvironment({
      ...serviceEnvironment(`http://127.0.0.1:${port}`, { accessKeyId: 'a', secretAccessKey: 's' }),
      TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:team',
      DEPLOYMENT: 'batch-processor',
      RESULTS_URL: 's3://data/results/',
      CONSOLE_URL: 'https://console/',
      INSTANCES: JSON.stringify({ instanceType: 'm6i.large', spot: false, diskGiB: 30, publicIp: true }),
    });
  });
  after(() => {
    restore();
    server.closeAllConnections();
    server.close();
  });

  it('publishes one message for an end, with attributes for filters, and none for an execution that was redriven', async () => {
    const { handler } = loadFunction<typeof import('../../../runtime/notifier')>(
      require.resolve('../../../runtime/notifier'),
    );
    const event = { execution_arn: ARN, redrive_count: '1' };
    await handler(event);
    expect(published).to.have.length(1);
    expect(published[0]).to.include({
      Action: 'Publish',
      TopicArn: 'arn:aws:sns:eu-west-1:123456789012:team',
      'MessageAttributes.entry.1.Name': 'status',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': 'FAILED',
      'MessageAttributes.entry.2.Name': 'execution_arn',
      'MessageAttributes.entry.2.Value.DataType': 'String',
      'MessageAttributes.entry.2.Value.StringValue': ARN,
      'MessageAttributes.entry.3.Name': 'redrive_count',
      'MessageAttributes.entry.3.Value.DataType': 'Number',
      'MessageAttributes.entry.3.Value.StringValue': '1',
    });
    expect(published[0]?.Subject).to.match(/^batch-processor: FAILED/);
    expect(published[0]?.Message).to.match(/^The execution run-1 of batch-processor ended: FAILED\.$/m);
    const subject = published[0]?.Subject;
    expect(lines.at(-1)).to.deep.include({ message: 'Notified', event, subject, message_id: 'm-1' });

    redriveCount = 2;
    await handler(event);
    expect(published).to.have.length(1);
    const message = 'The execution was redriven: the message comes at its next end';
    expect(lines.at(-1)).to.deep.include({ message, event });
  });
});
