/** Executions by the AWS CLI: a client that nobody here wrote. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { isAwsCliMissing } from '../../../support/tools';
import { createMachine, ended, REGION, type StatesServer, startServer } from './server';

const PASS = { Pass: { Type: 'Pass', End: true } };

describe('executions', () => {
  let cloud: StatesServer;

  beforeEach(async () => {
    cloud = await startServer();
  });
  afterEach(() => cloud.close());

  it('can be started and followed with the AWS CLI', async function () {
    if (isAwsCliMissing('executions by the AWS CLI')) this.skip();
    const aws = async (...parameters: string[]) => {
      const { stdout } = await promisify(execFile)(
        'aws',
        ['stepfunctions', '--output', 'json', ...parameters],
        {
          env: {
            PATH: process.env.PATH,
            AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
            AWS_DEFAULT_REGION: REGION,
            AWS_ENDPOINT_URL: cloud.endpoint,
            AWS_CONFIG_FILE: '/dev/null',
          },
        },
      );
      return JSON.parse(stdout);
    };
    const machine = await createMachine(cloud, {
      Map: {
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Pass',
          States: PASS,
        },
        End: true,
      },
    });
    const { executionArn } = await aws('start-execution', '--state-machine-arn', machine, '--input', '[1,2]');
    await ended(cloud, executionArn);
    const arn = ['--execution-arn', executionArn];
    expect(await aws('describe-execution', ...arn)).to.include({ status: 'SUCCEEDED', output: '[1,2]' });
    expect((await aws('get-execution-history', ...arn)).events[0].type).to.equal('ExecutionStarted');
    const { mapRuns } = await aws('list-map-runs', ...arn);
    const run = await aws('describe-map-run', '--map-run-arn', mapRuns[0].mapRunArn);
    expect(run.itemCounts).to.include({ total: 2, succeeded: 2 });
  });
});
