/** The local cloud as a whole, with the project's own stack and real clients. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { startLocalCloud } from '../../local/cloud';
import { LocalCloudError } from '../../local/core/errors';
import type { RequestRecord } from '../../local/core/gateway';
import { synthesizeForTest, TestCloud } from '../support/cloud';
import { failure } from '../support/failure';
import { isGone } from '../support/processes';
import { until } from '../support/until';
import { writeFixture } from './support/fixture-stack';

const KEYS = Array.from({ length: 20 }, (_, index) => `data/${index}.txt`);

describe('the local cloud', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  const requests: RequestRecord[] = [];

  before(async () => {
    // No task takes so long that it needs a heartbeat.
    stack = await synthesizeForTest({
      BATCH_PROCESSOR: 'checksum',
      BATCH_OBJECT_TIMEOUT_SECONDS: '7200',
      BATCH_HEARTBEAT_SECONDS: '3600',
    });
    test = await TestCloud.start(stack.stackFolder, { onRequest: (record) => requests.push(record) });
    await test.put(KEYS);
  });
  after(async () => {
    await test?.close();
    await stack?.remove();
  });

  it("runs the project's workflow under the permissions of its synthesized policies", async () => {
    const { status, cause, output } = await test.run({ worker_count: 2, prefix: 'data/' });
    expect(status, cause).to.equal('SUCCEEDED');
    expect(output?.item_counts).to.deep.include({ Total: KEYS.length, Succeeded: KEYS.length });
    for (const key of KEYS) {
      const processed = JSON.parse(await test.read(`processed/${key}`));
      expect(processed).to.have.property('size', (await test.read(key)).length);
    }
    await test.fleetIsGone();
    const callers = new Set(
      requests.map(({ caller, service }) => `${caller?.roleName ?? 'user'} ${service}`),
    );
    expect([...callers].sort()).to.deep.equal([
      'batch-processor-provisioner-us-east-1 autoscaling',
      'batch-processor-provisioner-us-east-1 ecs',
      'batch-processor-provisioner-us-east-1 states',
      'batch-processor-worker-us-east-1 s3',
      'batch-processor-worker-us-east-1 states',
      'batch-processor-workflow-us-east-1 lambda',
      'batch-processor-workflow-us-east-1 s3',
      'batch-processor-workflow-us-east-1 states',
      'user s3',
      'user states',
    ]);
    expect(requests.filter(({ status: code }) => code === 403)).to.deep.equal([]);
  });

  it('gets only the requests of workers that each object needs', () => {
    const counts: Record<string, number> = {};
    for (const { caller, service, action } of requests) {
      if (!caller?.roleName?.includes('-worker-')) continue;
      counts[`${service}:${action}`] = (counts[`${service}:${action}`] ?? 0) + 1;
    }
    // A worker that waits opens more polls after some time: worker.test.ts counts the polls that it needs.
    const { 'states:GetActivityTask': polls, 'states:SendTaskFailure': handedBack = 0, ...others } = counts;
    expect(polls).to.be.at.least(KEYS.length);
    expect(handedBack).to.equal(test.linesWith('Task handed back').length);
    expect(others).to.deep.equal({
      's3:HeadObject': KEYS.length,
      's3:GetObject': KEYS.length,
      's3:PutObject': KEYS.length,
      'states:SendTaskSuccess': KEYS.length,
    });
  });

  it('scales the fleet in when an execution is stopped in its map: the guard sees its end', async () => {
    const slow = { processor: 'simulate', parameters: { seconds: 60 } };
    test.lines.length = 0;
    const executionArn = await test.begin({ worker_count: 2, prefix: 'data/', ...slow });
    await test.processing();
    await test.stop(executionArn);
    // The workers have until their stop timeout to end their tasks. The instances wait for them.
    await until(() => test.fleet.desired === 0, 'nothing is desired');
    for (const { lifecycleState } of test.fleet.instances.values())
      expect(lifecycleState).to.match(/^Terminat/);
  });

  it('says in one line why it does not boot', async () => {
    const { stackFolder } = stack;
    const boot = (options: object) =>
      failure(startLocalCloud({ stackFolder, bucketFolder: test.bucket, ...options }));
    const { port } = new URL(test.cloud.endpoint);
    for (const [options, message] of [
      [{ port: Number(port) }, `Port ${port} is in use`],
      [{ stackFolder: test.bucket }, 'run npx cdktf synth first'],
      [{ bucketFolder: join(test.bucket, 'nope') }, 'does not exist'],
    ] as const) {
      const error = await boot(options);
      expect(error).to.be.instanceOf(LocalCloudError);
      expect(error.message).to.contain(message).and.not.contain('\n');
    }
  });

  it('leaves no process behind when it is killed without a chance to clean up', async () => {
    const fixture = writeFixture();
    const script = join(__dirname, 'support', 'boot-and-report.ts');
    const child = spawn(
      process.execPath,
      ['-r', 'ts-node/register', script, fixture.folder, fixture.bucketFolder],
      {
        env: { ...process.env, TMPDIR: fixture.folder },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    try {
      const [line] = await once(createInterface({ input: child.stdout }), 'line');
      const pids: number[] = JSON.parse(line);
      expect(pids).to.have.length(3);
      expect(pids.some(isGone)).to.equal(false);
      child.kill('SIGKILL');
      await until(() => pids.every(isGone), 'its children are gone');
      expect(readdirSync(fixture.folder).filter((name) => name.startsWith('s3-batch-local-'))).to.deep.equal(
        [],
      );
    } finally {
      child.kill('SIGKILL');
      fixture.remove();
    }
  });
});
