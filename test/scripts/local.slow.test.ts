/** local.ts keeps a local cloud up, for execute.ts and for any client: the AWS CLI, with the lines that local.ts prints. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { RunList } from '../../page/run-view';
import { noneLeft } from '../support/processes';
import { type RunningScript, Workplace } from '../support/script';
import { commandOnPath, isAwsCliMissing, isMissing } from '../support/tools';
import { until } from '../support/until';

const run = promisify(execFile);

/** The environment of a user who works on AWS, in both of the terminals. */
const PERSONAL = {
  AWS_PROFILE: 'work',
  AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEJr',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  HTTP_PROXY: 'http://127.0.0.1:1',
  no_proxy: "intranet,it's",
};

describe('local.ts', () => {
  let workplace: Workplace;
  let script: RunningScript;
  /** The lines that it has printed: a shell reads them as they are. */
  let printed = '';
  let names: Record<'bucket' | 'stateMachine' | 'prefix', string>;

  before(async () => {
    workplace = await Workplace.create();
    script = workplace.start('local.ts', ['--bucket-dir', workplace.bucket], PERSONAL);
    script.process.stdout?.on('data', (chunk) => {
      printed += chunk;
    });
    await until(() => printed.includes('Ctrl-C stops the local cloud.'), 'local.ts is ready');
    const find = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? '';
    names = {
      bucket: find(/s3:\/\/([\w-]+)/),
      stateMachine: find(/--state-machine-arn (\S+)/),
      prefix: find(/--cluster (\S+)/),
    };
  });
  after(async () => {
    script.process.kill('SIGINT');
    expect((await script.outcome).code).to.equal(0);
    await noneLeft(() => workplace.processesLeft());
    await workplace.remove();
  });

  it('is found by execute.ts', async () => {
    const args = ['1', 'data/text/', ...workplace.here, '--json'];
    const { code, stdout, stderr } = await workplace.run('execute.ts', args);
    expect(stderr).to.match(/^Using the local cloud at http:\/\/127\.0\.0\.1:\d+\.$/m);
    expect([code, JSON.parse(stdout).status]).to.deep.equal([0, 'SUCCEEDED']);
  });

  it('serves the page of its runs at the address that it prints', async () => {
    const [address = ''] = /http:\/\/127\.0\.0\.1:\d+\/\?key=\S+/.exec(printed) ?? [];
    const first = await fetch(address, { redirect: 'manual' });
    const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
    const asked = await fetch(new URL('/api/runs', address), { headers: { cookie } });
    const { runs } = (await asked.json()) as RunList;
    expect(runs[0]).to.include({ status: 'SUCCEEDED' });
    expect((await fetch(new URL('/api/runs', address))).status).to.equal(401);
  });

  describe('by the AWS CLI', () => {
    before(function () {
      if (isAwsCliMissing('local.ts by the AWS CLI')) this.skip();
    });

    /** Standard output of a line in a shell that has read what local.ts printed. */
    const shell = async (line: string): Promise<string> => {
      const options = {
        cwd: workplace.root,
        env: { ...PERSONAL, PATH: process.env.PATH ?? '', AWS_PAGER: '', HOME: workplace.root },
      };
      return (await run('sh', ['-c', `${printed}\n${line}`], options)).stdout;
    };
    const aws = async (line: string) => JSON.parse(await shell(`aws ${line} --output json`));

    it('aws s3 cp, ls and sync', async () => {
      await writeFile(join(workplace.root, 'a.txt'), 'from the terminal');
      await shell(`aws s3 cp a.txt s3://${names.bucket}/typed/a.txt`);
      expect(await readFile(join(workplace.bucket, 'typed', 'a.txt'), 'utf8')).to.equal('from the terminal');
      const [listing] = await Promise.all([
        shell(`aws s3 ls s3://${names.bucket}/typed/`),
        shell(`aws s3 sync s3://${names.bucket}/data/events copy`),
      ]);
      expect(listing).to.match(/ 17 a\.txt\n$/);
      const file = join('2026', '11', '01', 'events.jsonl');
      expect(await readFile(join(workplace.root, 'copy', file))).to.deep.equal(
        await readFile(join(workplace.bucket, 'data', 'events', file)),
      );
    });

    it('aws autoscaling, ecs and lambda: the fleet, and the function that resizes it', async () => {
      const group = `${names.prefix}-workers`;
      await shell(
        `aws autoscaling set-desired-capacity --auto-scaling-group-name ${group} --desired-capacity 1`,
      );
      const [task] = await until(async () => {
        const { taskArns } = await aws(`ecs list-tasks --cluster ${names.prefix} --service-name workers`);
        return taskArns.length > 0 && taskArns;
      }, 'a task is there');
      const [groups, services, instances, tasks] = await Promise.all([
        aws('autoscaling describe-auto-scaling-groups'),
        aws(`ecs describe-services --cluster ${names.prefix} --services workers`),
        // An instance of an earlier run may still drain.
        aws(`ecs list-container-instances --cluster ${names.prefix} --status ACTIVE`),
        aws(`ecs describe-tasks --cluster ${names.prefix} --tasks ${task}`),
      ]);
      expect(groups.AutoScalingGroups[0]).to.include({ AutoScalingGroupName: group, DesiredCapacity: 1 });
      const states = groups.AutoScalingGroups[0].Instances.map(
        (instance: { LifecycleState: string }) => instance.LifecycleState,
      );
      expect(states).to.include('InService');
      expect(services.services[0]).to.include({ schedulingStrategy: 'DAEMON', desiredCount: 1 });
      expect(instances.containerInstanceArns).to.have.length(1);
      expect(tasks.tasks[0].containerInstanceArn).to.equal(instances.containerInstanceArns[0]);

      await writeFile(join(workplace.root, 'event.json'), '{"action":"reconcile"}');
      const invoked = await aws(
        `lambda invoke --function-name ${names.prefix}-provisioner --payload fileb://event.json fleet.json`,
      );
      expect(invoked).to.include({ StatusCode: 200 }).and.not.have.property('FunctionError');
      const fleet = JSON.parse(await readFile(join(workplace.root, 'fleet.json'), 'utf8'));
      expect(fleet).to.include({ needed: 0, desired: 0 });
    });

    it('aws stepfunctions and logs: a run, its outcome, and the lines of workers', async () => {
      const input = JSON.stringify({ worker_count: 1, prefix: 'data/events/' });
      const { executionArn } = await aws(
        `stepfunctions start-execution --state-machine-arn ${names.stateMachine} --input '${input}'`,
      );
      // The CLI takes a second for each call: the first one is made once the results exist.
      const results = join(workplace.bucket, 'results', executionArn.split(':').at(-1));
      await until(() => existsSync(results), 'the map ends');
      const execution = await until(async () => {
        const described = await aws(`stepfunctions describe-execution --execution-arn ${executionArn}`);
        return described.status !== 'RUNNING' && described;
      }, 'the execution ends');
      expect(execution.status).to.equal('SUCCEEDED');
      const [history, runs, events] = await Promise.all([
        aws(`stepfunctions get-execution-history --execution-arn ${executionArn}`),
        aws(`stepfunctions list-map-runs --execution-arn ${executionArn}`),
        aws(
          `logs filter-log-events --log-group-name /${names.prefix}/worker --filter-pattern '{ $.message = "Task completed" && $.execution = "${execution.name}" }'`,
        ),
      ]);
      expect(history.events[0].type).to.equal('ExecutionStarted');
      expect(history.events.at(-1).type).to.equal('ExecutionSucceeded');
      expect(events.events).to.have.length(10);
      const mapRun = await aws(`stepfunctions describe-map-run --map-run-arn ${runs.mapRuns[0].mapRunArn}`);
      expect(mapRun.itemCounts).to.include({ total: 10, succeeded: 10, failed: 0 });
    });

    it('aws logs tail', async function () {
      const isSecond = (await shell('aws --version')).startsWith('aws-cli/2.');
      const version2 = isSecond ? commandOnPath('aws') : undefined;
      if (
        isMissing('aws logs tail (filter-log-events is what it calls)', {
          "the AWS CLI's version 2": version2,
        })
      )
        return this.skip();
      expect(await shell(`aws logs tail /${names.prefix}/worker`)).to.contain('Task completed');
    });
  });
});
