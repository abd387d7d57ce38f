import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { expect } from 'chai';
import { ServiceError } from '../../../local/core/service';
import { lastLines, readLastLines } from '../../../runtime/provisioner/last-lines';
import { bootFixture } from '../../local/support/fixture-stack';
import { captureLines } from '../support/lines';

const line = (level: string, message: string, fields = {}) =>
  JSON.stringify({ timestamp: '2026-11-26T10:00:00.000Z', level, message, ...fields });

describe('the last lines of a worker', () => {
  it('begin with the last error', () => {
    const lines = [
      line('error', 'an earlier one'),
      line('info', 'Worker started'),
      line('error', 'Worker cannot work', { error: 'AccessDeniedException', cause: 'not authorized' }),
      line('info', 'bye'),
    ];
    expect(lastLines(lines)).to.deep.equal([
      'Worker cannot work: AccessDeniedException: not authorized',
      'bye',
    ]);
  });

  it('are the message of an error of Node.js and the start of its stack', () => {
    const lines = ['node:internal/modules/cjs/loader:1228', '  throw err;', '  ^', ''];
    lines.push(
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'x'",
      ...[1, 2, 3, 4, 5, 6].map((n) => `    at ${n}`),
    );
    expect(lastLines(lines)).to.deep.equal([
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'x'",
      ...[1, 2, 3, 4].map((n) => `    at ${n}`),
    ]);
    expect(lastLines(['TypeError: x is not a function'])).to.have.length(1);
    expect(lastLines(['Uncaught Error: boom', 'later'])).to.deep.equal(['Uncaught Error: boom', 'later']);
  });

  it('are the last five if none is an error', () => {
    expect(lastLines(['1', '2', '3', '4', '5', '6', ''])).to.deep.equal(['2', '3', '4', '5', '6']);
    expect(lastLines([])).to.deep.equal([]);
  });

  it('are the error and the four lines after it, also if it is the first line', () => {
    const lines = [line('error', 'Worker cannot work'), '1', '2', '3', '4', '5'];
    expect(lastLines(lines)).to.deep.equal(['Worker cannot work', '1', '2', '3', '4']);
  });

  it('are taken as they are if they only look like JSON, or have fields other than texts', () => {
    expect(lastLines(['{ x'])).to.deep.equal(['{ x']);
    expect(
      lastLines([line('info', 'a', { error: { code: 1 }, cause: 5 }), line('info', '', { error: 'b' })]),
    ).to.deep.equal(['a', 'b']);
  });

  it('leave out metrics, and the end of long lines', () => {
    expect(
      lastLines([
        JSON.stringify({ _aws: {}, ObjectsProcessed: 1 }),
        'null',
        'x'.repeat(301),
        'y'.repeat(300),
      ]),
    ).to.deep.equal(['null', `${'x'.repeat(300)}…`, 'y'.repeat(300)]);
  });

  describe('are read', () => {
    const said = captureLines();
    const task = 'arn:aws:ecs:us-east-1:000000000000:task/cluster/0a1b';
    const group = { name: '/worker' };
    let cloud: Awaited<ReturnType<typeof bootFixture>>;
    let logs: CloudWatchLogsClient;
    let refuse: boolean;

    before(async () => {
      refuse = false;
      cloud = await bootFixture(
        { resources: { aws_cloudwatch_log_group: { worker: group } } },
        {
          intercept() {
            if (refuse) throw new ServiceError('AccessDeniedException', 'no');
          },
        },
      );
      logs = new CloudWatchLogsClient(cloud.clientConfig);
    });
    after(async () => {
      logs.destroy();
      await cloud.close();
    });

    it('as none for a worker that was never started, or whose log may not be read', async () => {
      expect(await readLastLines(logs, group.name, task)).to.deep.equal([]);
      expect(said).to.deep.equal([]);
      refuse = true;
      expect(await readLastLines(logs, group.name, task)).to.deep.equal([]);
      expect(said[0]).to.include({
        level: 'warn',
        message: 'The log of a worker cannot be read',
        log_stream: 'worker/worker/0a1b',
        cause: 'no',
      });
    });
  });
});
