/** Runs that nobody watches, in one local cloud: a schedule starts them, and a message reports each end. */
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { RequestHandle } from '../../../local/core/gateway';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../../support/cloud';
import { Gate, isRead } from '../../support/hold';
import { until } from '../../support/until';

const NIGHTLY = {
  name: 'nightly',
  expression: 'cron(0 2 * * ? *)',
  input: { worker_count: 1, prefix: 'in/', processor: 'checksum' },
};

interface Notification {
  subject: string;
  text: string;
  attributes: Record<string, string>;
}

describe('executions that nobody watches', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  let intercept: (handle: RequestHandle) => unknown = () => undefined;

  before(async () => {
    stack = await synthesizeForTest({
      ...SMALL_FLEET,
      BATCH_SCHEDULES: JSON.stringify([NIGHTLY]),
      BATCH_NOTIFY_EMAIL: 'team@example.org',
    });
    test = await TestCloud.start(stack.stackFolder, {
      workerEnvironment: { SIMULATE_SECONDS: '0' },
      intercept: (handle) => intercept(handle),
    });
    await test.put(['in/0', 'in/1-bad', 'in/2']);
  });
  after(async () => {
    await test?.close();
    await stack?.remove();
  });

  /** The messages about an execution so far. */
  const messagesOf = (executionArn: string) =>
    (test.linesWith('Notification') as unknown[] as Notification[]).filter(
      ({ attributes }) => attributes.execution_arn === executionArn,
    );

  const toldOf = (executionArn: string, redriveCount = 0): Promise<Notification> =>
    until(
      () =>
        messagesOf(executionArn).find(({ attributes }) => attributes.redrive_count === String(redriveCount)),
      'people are told of the end',
    ) as Promise<Notification>;

  it('are started by a schedule, and reported with counts, minutes, cost and results', async () => {
    const executionArn = await test.cloud.services.scheduler.fire('nightly');
    const { status, input, results } = await test.end(executionArn);
    expect([status, input]).to.deep.equal(['SUCCEEDED', NIGHTLY.input]);
    const { subject, text, attributes } = await toldOf(executionArn);
    expect(subject).to.match(/^batch-processor: SUCCEEDED, 3 done \(/);
    expect(attributes).to.include({ status: 'SUCCEEDED' });
    expect(text)
      .to.match(/^Minutes +\d+\.\d$/m)
      .and.to.match(/^Cost +about \$\d+\.\d\d /m);
    const [, prefix] = /^Results +s3:\/\/[^/]+\/(results\/\S+\/)$/m.exec(text) ?? [];
    expect(results.manifest).to.equal(`${prefix}manifest.json`);
  });

  it('are reported when the input is refused, with the reason', async () => {
    const executionArn = await test.begin({ worker_count: 0, prefix: 'in/' });
    await test.end(executionArn);
    const { subject, text } = await toldOf(executionArn);
    expect(subject).to.match(/^batch-processor: FAILED \(/);
    expect(text)
      .to.match(/^Error +InvalidInput$/m)
      .and.to.match(/^Cause +worker_count is 0/m);
  });

  it('are reported with the command that tries the failed objects again', async () => {
    const parameters = { fault: 'permanent', fault_key: 'bad' };
    const input = { worker_count: 1, prefix: 'in/', processor: 'simulate', parameters };
    const executionArn = await test.begin({ ...input, tolerated_failure_percentage: 100 }, 'with-failures');
    await test.end(executionArn);
    const { subject, text } = await toldOf(executionArn);
    expect(subject).to.equal('batch-processor: SUCCEEDED, 2 done, 1 failed (with-failures)');
    expect(text).to.include(
      'execute.ts 1 --retry-failed with-failures --processor simulate --param fault=permanent --param fault_key=bad --tolerated-failure-percentage 100\n',
    );
    const { objects } = (await test.batch.retryInput('with-failures', { worker_count: 1 })) ?? {};
    expect(objects).to.deep.equal([{ Key: 'in/1-bad' }]);
  });

  it('are reported once for each end, also after a redrive', async () => {
    const gate = new Gate((handle) => isRead('in/', handle));
    intercept = (handle) => gate.intercept(handle);
    const executionArn = await test.begin({ worker_count: 1, prefix: 'in/', force: true });
    await until(
      () => test.lines.some((line) => line.execution === executionArn.split(':').at(-1)),
      'a worker has a task',
    );
    await test.stop(executionArn);
    const stopped = await toldOf(executionArn);
    expect(stopped.attributes).to.include({ status: 'ABORTED', redrive_count: '0' });
    expect(stopped.text)
      .to.match(/^ {2}not done +[1-3]$/m)
      .and.to.include('The same input again processes all objects');
    gate.open();
    await test.clients.sfn.send(new RedriveExecutionCommand({ executionArn }));
    await test.end(executionArn);
    const done = await toldOf(executionArn, 1);
    expect(done.subject).to.match(/^batch-processor: SUCCEEDED, 3 done \(/);
    expect(done.text).to.include('since it was redriven');
    expect(messagesOf(executionArn)).to.have.length(2);
  });
});
