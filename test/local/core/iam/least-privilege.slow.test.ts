/**
 * The stack's policies are the minimum that a run needs. The tests remove each action of each statement in turn: some step of a run is then
 * refused. With all of them no step is. The permissions that one machine cannot test are listed, with the reason.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { LocalCloudOptions } from '../../../../local/cloud';
import type { RequestRecord } from '../../../../local/core/gateway';
import { list, type Statement } from '../../../../local/core/iam/document';
import { StackPolicies } from '../../../../local/core/iam/policies';
import { readBucketPolicies, readRoles } from '../../../../local/core/iam/stack-roles';
import { Stack } from '../../../../local/core/stack/stack';
import type { ExecutionInput } from '../../../../runtime/contract';
import { type Synthesized, synthesize } from '../../../stacks/synthesize';
import { TestCloud } from '../../../support/cloud';
import { editJson, editStack } from '../../../support/edited-stack';
import { until } from '../../../support/until';

/** Statements, or some of a statement's actions, that AWS requires and the local cloud does not check. */
const UNSEEN: Record<string, string> = {
  'instance/FindEndpoint': 'the ECS agent on an instance: instances have none here',
  'instance/JoinCluster': 'the ECS agent',
  'instance/FollowOrders': 'the ECS agent',
  'task_execution/LogInToRegistry': 'ECS pulls the image: here it is a folder',
  'task_execution/PullImage': 'ECS pulls the image',
  'task_execution/WriteLogs': 'the awslogs driver: here the process writes to a pipe',
  'provisioner/WriteLogs': 'the function writes to a pipe',
  'provisioner/Trace': 'X-Ray is not here',
  'selector/WriteLogs': 'the function writes to a pipe',
  'selector/Trace': 'X-Ray is not here',
  'selector/UseKey': 'objects are not encrypted',
  'workflow/Trace': 'X-Ray is not here',
  'workflow/DeliverLogs': 'the delivery of vended logs is not here',
  'workflow/UseKey': 'objects are not encrypted',
  'worker/UseKey': 'objects are not encrypted',
  'worker/DecryptObjects': 'as above',
  'worker/DecryptOutputs': 'as above',
  'worker/EncryptOutputs': 'as above',
  'selector/DecryptObjects': 'as above',
  'selector/DecryptOutputs': 'as above',
  'workflow/WriteResults/s3:ListMultipartUploadParts':
    "the result writer's uploads in parts, by the Developer Guide's policy: local results fit one request",
  'workflow/WriteResults/s3:AbortMultipartUpload': 'as above',
};
const UNSEEN_TRUST: Record<string, string> = {
  instance: 'EC2 gives the role to the ECS agent',
  task_execution: 'ECS gives the role to its agent and to the awslogs driver',
};

/** More objects than slots: a run cannot end with the polls that succeeded before. */
const KEYS = Array.from({ length: 6 }, (_, index) => `data/${index}`);
const PREFIX: ExecutionInput = { worker_count: 1, prefix: 'data/', force: true };
const MISSING: ExecutionInput = { worker_count: 1, objects: [{ Key: 'missing' }] };
const SELECT: ExecutionInput = { worker_count: 1, prefix: 'data/', select: { limit: 3 }, force: true };
const MANIFEST: ExecutionInput = { worker_count: 1, manifest: { Key: 'manifests/keys.jsonl' }, force: true };
/** A worker processes its object until the execution is stopped. */
const HOLD: ExecutionInput = { worker_count: 1, objects: [{ Key: 'hold' }] };

const SETTINGS = {
  BATCH_PROCESSOR: 'simulate',
  BATCH_SLOTS_PER_WORKER: '4',
  BATCH_MAX_WORKERS: '1',
  BATCH_HEARTBEAT_SECONDS: '10',
  BATCH_STOP_TIMEOUT_SECONDS: '2',
  BATCH_PROVISION_POLL_SECONDS: '1',
};
const OTHER_BUCKETS = { BATCH_READ_BUCKETS: 'archive', BATCH_OUTPUT_BUCKET: 'made' };
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/k';

interface Permission {
  /** The role's name in the stack: `worker`. */
  role: string;
  statement: Statement;
  action: string;
}
const nameOf = ({ role, statement, action }: Permission) => `${role}/${statement.Sid}/${action}`;
const isUnseen = ({ role, statement, action }: Permission) =>
  `${role}/${statement.Sid}` in UNSEEN || `${role}/${statement.Sid}/${action}` in UNSEEN;

describe('the permissions of the stack', () => {
  let stack: Synthesized;
  /** Names of roles, by their names in the stack. */
  let roleNames: Map<string, string>;

  before(() => {
    stack = synthesize({ ...SETTINGS, BATCH_TRACING: 'true' });
    roleNames = new Map(
      new Stack(stack.stackFolder)
        .resources('aws_iam_role')
        .map(({ address, attributes }) => [address.split('.')[1] ?? '', attributes.name]),
    );
  });
  after(() => stack.remove());

  const permissionsOf = (stackFolder: string): Permission[] => {
    const roles = readRoles(new Stack(stackFolder));
    return [...roleNames].flatMap(([role, name]) =>
      (roles.get(name)?.policies ?? []).flatMap((statement) =>
        list(statement.Action ?? []).map((action) => ({ role, statement, action })),
      ),
    );
  };

  describe('of roles', () => {
    let test: TestCloud;
    let hold: string;
    let refused: RequestRecord[] = [];

    const options: Partial<LocalCloudOptions> = {
      asyncRetrySeconds: [0.1, 0.2, 0.4, 0.8],
      onRequest: (record) => {
        if (record.error?.startsWith('AccessDenied')) refused.push(record);
      },
    };
    before(async () => {
      test = await TestCloud.start(stack.stackFolder, {
        ...options,
        workerEnvironment: { SIMULATE_SECONDS: '0', SIMULATE_FAULT: 'hang', SIMULATE_FAULT_KEY: 'hold' },
      });
      await test.put([...KEYS, 'hold']);
      await test.put(['manifests/keys.jsonl'], () => KEYS.map((Key) => JSON.stringify({ Key })).join('\n'));
      // It keeps the worker while the other runs start and end.
      hold = await beginHold();
    });
    after(() => test.close());

    const stop = async (executionArn: string) => {
      await test.clients.sfn.send(new StopExecutionCommand({ executionArn }));
    };
    const beginHold = async () => {
      const executionArn = await test.begin(HOLD);
      await test.logged(({ key, execution }) => key === 'hold' && executionArn.endsWith(`:${execution}`));
      return executionArn;
    };
    /** The execution of a map that was stopped. One that failed has gone on to the workflow's last state. */
    const redrive = async () => {
      const executionArn = await beginHold();
      await stop(executionArn);
      await test.clients.sfn.send(new RedriveExecutionCommand({ executionArn }));
      return executionArn;
    };
    /** Resolves when a request of the role is refused in the run, or the run has ended without that. */
    const refusal = (executionArn: string, roleName: string | undefined) =>
      until(async () => {
        const found = () => refused.find(({ caller }) => caller?.roleName === roleName);
        if (found()) return `${found()?.error} at ${found()?.service}:${found()?.action}`;
        const { status, error = '', cause = '' } = await test.describe(executionArn);
        if (error === 'States.Permissions') return `${error}: ${cause}`;
        return status !== 'RUNNING' && !found() && 'nothing';
      }, `something is refused to ${roleName}`);

    /** Names of the permissions of `actions` whose removal causes no refusal. */
    const superfluous = async (
      role: string,
      runs: Record<string, (() => Promise<string>) | ExecutionInput>,
      ready: () => Promise<unknown> = async () => {},
      sids = /./,
    ) => {
      const roleName = roleNames.get(role) ?? '';
      const policies = test.cloud.roles.get(roleName)?.policies ?? [];
      const statements = policies.filter(({ Sid = '' }) => sids.test(Sid));
      const found: string[] = [];
      for (const statement of statements) {
        for (const action of list(statement.Action ?? [])) {
          const run = runs[action];
          if (!run) continue;
          const { Action: all } = statement;
          await ready();
          refused = [];
          statement.Action = list(all ?? []).filter((each) => each !== action);
          const executionArn = typeof run === 'function' ? await run() : await test.begin(run);
          const outcome = await refusal(executionArn, roleName);
          statement.Action = all;
          await stop(executionArn);
          if (outcome === 'nothing') found.push(nameOf({ role, statement, action }));
          tried.add(`${role}/${action}`);
        }
      }
      return found;
    };
    const tried = new Set<string>();
    /** Calls the provisioner as the schedule does, until a request of it is refused. */
    const callUntilRefused = async () => {
      const lambda = new LambdaClient(test.cloud.clientConfig);
      const Payload = JSON.stringify({ action: 'reconcile' });
      const reconcile = new InvokeCommand({ FunctionName: 'batch-processor-provisioner', Payload });
      await until(async () => (await lambda.send(reconcile)).FunctionError, 'the function is refused');
      lambda.destroy();
    };

    it('are enough for every kind of run', async () => {
      const redriven = await redrive();
      const runs = await Promise.all([PREFIX, MANIFEST, SELECT, MISSING].map((input) => test.run(input)));
      expect(runs.map(({ status }) => status)).to.deep.equal([
        'SUCCEEDED',
        'SUCCEEDED',
        'SUCCEEDED',
        'FAILED',
      ]);
      const [failed] = runs.slice(-1);
      expect(
        failed?.results.failures.map(({ error }) => error),
        failed?.cause,
      ).to.deep.equal(['ObjectNotFound']);
      const taken = () =>
        test.lines.filter(({ key, execution }) => key === 'hold' && redriven.endsWith(`:${execution}`));
      await until(() => taken().length > 1, 'the redriven map goes on');
      await stop(redriven);
      expect(refused).to.deep.equal([]);
    });

    it('are all needed by workers', async () => {
      expect(
        await superfluous('worker', {
          'states:GetActivityTask': PREFIX,
          'states:SendTaskSuccess': PREFIX,
          'states:SendTaskFailure': MISSING,
          'states:SendTaskHeartbeat': HOLD,
          's3:GetObject': PREFIX,
          's3:PutObject': PREFIX,
          's3:ListBucket': MISSING,
        }),
      ).to.deep.equal([]);
    });
    it('are all needed by the state machine', async () => {
      expect(
        await superfluous('workflow', {
          'lambda:InvokeFunction': MANIFEST,
          'states:StartExecution': PREFIX,
          'states:DescribeExecution': PREFIX,
          'states:StopExecution': PREFIX,
          'states:RedriveExecution': redrive,
          'states:DescribeMapRun': PREFIX,
          's3:ListBucket': PREFIX,
          's3:GetObject': MANIFEST,
          's3:PutObject': PREFIX,
        }),
      ).to.deep.equal([]);
    });
    it('are all needed by the selector', async () => {
      expect(
        await superfluous('selector', {
          's3:ListBucket': SELECT,
          's3:GetObject': MANIFEST,
          's3:PutObject': SELECT,
        }),
      ).to.deep.equal([]);
    });
    it('are all needed by the provisioner, beside another execution', async () => {
      expect(
        await superfluous('provisioner', {
          'states:ListExecutions': PREFIX,
          'states:DescribeExecution': PREFIX,
          'states:GetExecutionHistory': SELECT,
          'autoscaling:DescribeAutoScalingGroups': PREFIX,
          'ecs:DescribeServices': PREFIX,
          'ecs:ListTasks': PREFIX,
          'ecs:DescribeTasks': PREFIX,
        }),
      ).to.deep.equal([]);
    });
    it('are all needed by the provisioner, which looks for instances that do not end', async () => {
      const callWithDraining = async () => {
        const executionArn = await beginHold();
        const instances = test.cloud.services.ecs.clusters.flatMap((cluster) => [
          ...cluster.instances.values(),
        ]);
        for (const instance of instances) instance.status = 'DRAINING';
        await callUntilRefused();
        for (const instance of instances) instance.status = 'ACTIVE';
        return executionArn;
      };
      expect(
        await superfluous('provisioner', {
          'ecs:ListContainerInstances': callWithDraining,
          'ecs:DescribeContainerInstances': callWithDraining,
        }),
      ).to.deep.equal([]);
    });
    it('are all needed by the provisioner, if no instance is available', async () => {
      await stop(hold);
      test.cloud.faults.inject({ effect: 'refuse', what: 'instances' });
      const [fleet] = test.cloud.services.autoscaling.groups.values();
      expect(
        await superfluous(
          'provisioner',
          {
            'autoscaling:SetDesiredCapacity': PREFIX,
            'autoscaling:DescribeScalingActivities': PREFIX,
          },
          () => until(() => fleet?.desired === 0 && fleet.instances.size === 0, 'the fleet is gone'),
        ),
      ).to.deep.equal([]);
    });
    it('are all needed by the provisioner, if workers cannot start any more', async () => {
      const shortTimeout = editStack(stack.stackFolder, ({ resource }) => {
        resource.aws_lambda_function.provisioner.environment.variables.PROVISION_TIMEOUT_SECONDS = '1';
      });
      const first = test;
      test = await TestCloud.start(shortTimeout, {
        ...options,
        workerEnvironment: { SIMULATE_FAULT: 'hang', SIMULATE_FAULT_KEY: 'hold' },
      });
      await first.close();
      await test.put(['hold']);
      const loseWorkers = async () => {
        // So the execution does not wait for its worker.
        test.fleet.setDesired(1, 'a test');
        await test.logged(({ message }) => message === 'Worker started');
        const executionArn = await beginHold();
        test.cloud.faults.inject({ effect: 'refuse', what: 'workers' });
        test.killWorker();
        await callUntilRefused();
        return executionArn;
      };
      expect(await superfluous('provisioner', { 'states:StopExecution': loseWorkers })).to.deep.equal([]);
    });
    it('are all needed by the provisioner, if workers give up', async () => {
      const broken = editStack(stack.stackFolder, ({ resource }) => {
        editJson(resource.aws_ecs_task_definition.worker, 'container_definitions', ([container]) => {
          // It ends at once, also on a busy machine: a worker that takes a while to fail counts as one that started.
          container.command = ['false'];
        });
      });
      const first = test;
      test = await TestCloud.start(broken, options);
      await first.close();
      await test.put(KEYS);
      expect(await superfluous('provisioner', { 'logs:GetLogEvents': PREFIX })).to.deep.equal([]);
    });
    it('are all needed by a worker whose upload breaks off', async () => {
      const gzip = await TestCloud.start(stack.stackFolder, {
        ...options,
        faults: [{ effect: 'error', api: 's3:CompleteMultipartUpload' }],
      });
      const first = test;
      test = gzip;
      await first.close();
      await writeFile(join(test.bucket, 'large'), randomBytes(12 * 2 ** 20));
      const large = { worker_count: 1, objects: [{ Key: 'large' }], processor: 'gzip' };
      expect(await superfluous('worker', { 's3:AbortMultipartUpload': large })).to.deep.equal([]);
    });

    it('are all needed if objects and outputs are in other buckets', async () => {
      const others = synthesize({ ...SETTINGS, ...OTHER_BUCKETS });
      const root = await mkdtemp(join(tmpdir(), 'other-buckets-'));
      const bucketFolders = { archive: join(root, 'archive'), made: join(root, 'made') };
      await mkdir(join(bucketFolders.archive, 'data'), { recursive: true });
      await mkdir(bucketFolders.made);
      const first = test;
      try {
        for (const key of [...KEYS, 'new']) await writeFile(join(bucketFolders.archive, key), key);
        const environment = { SIMULATE_SECONDS: '0' };
        test = await TestCloud.start(others.stackFolder, {
          ...options,
          bucketFolders,
          workerEnvironment: environment,
        });
        await first.close();
        refused = [];
        const archive = { worker_count: 1, bucket: 'archive' };
        const prefix = { ...archive, prefix: 'data/' };
        const objects = { ...archive, objects: KEYS.map((Key) => ({ Key })) };
        expect((await test.run({ ...prefix, select: { changed: true } })).results.succeeded).to.equal(6);
        expect(refused).to.deep.equal([]);
        const sids = /Of(Own|Any)Account$|^(Read|Write|TellMissing)Outputs$/;
        const worker = {
          's3:GetObject': objects,
          's3:PutObject': { ...objects, force: true },
          's3:ListBucket': { ...archive, objects: [{ Key: 'missing' }] },
        };
        const selector = {
          's3:GetObject': { ...objects, select: { changed: true } },
          's3:ListBucket': { ...archive, prefix: 'new', select: { changed: true } },
        };
        expect(await superfluous('worker', worker, undefined, sids)).to.deep.equal([]);
        expect(await superfluous('selector', selector, undefined, sids)).to.deep.equal([]);
      } finally {
        others.remove();
        await test.close();
        await rm(root, { recursive: true, force: true });
        test = await TestCloud.start(stack.stackFolder);
      }
    });

    it('are all tested here, or are known to be invisible', () => {
      const others = synthesize({
        ...OTHER_BUCKETS,
        BATCH_READ_BUCKETS: `archive key=${KEY}`,
        BATCH_OUTPUT_BUCKET: `made key=${KEY}`,
      });
      const existing = synthesize({
        BATCH_BUCKET: 'existing',
        BATCH_BUCKET_KEY_ARN: KEY,
      });
      const all = [stack, existing, others].flatMap(({ stackFolder }) => permissionsOf(stackFolder));
      existing.remove();
      others.remove();
      const left = all.filter((each) => !isUnseen(each) && !tried.has(`${each.role}/${each.action}`));
      expect(left.map(nameOf)).to.deep.equal([]);
      const names = new Set(all.flatMap((each) => [nameOf(each), `${each.role}/${each.statement.Sid}`]));
      expect(Object.keys(UNSEEN).filter((name) => !names.has(name))).to.deep.equal([]);
    });
  });

  describe('of services that assume roles', () => {
    const without = async (
      role: string,
      said: (test: TestCloud, executionArn: string) => Promise<unknown>,
      input = PREFIX,
    ) => {
      const folder = editStack(stack.stackFolder, ({ resource }) =>
        editJson(resource.aws_iam_role[role], 'assume_role_policy', (policy) => {
          policy.Statement = [];
        }),
      );
      const test = await TestCloud.start(folder);
      try {
        await test.put(KEYS);
        await said(test, await test.begin(input));
      } finally {
        await test.close();
      }
    };
    const refusedCall = async ({ clients }: TestCloud, executionArn: string) => {
      await until(async () => {
        const { events } = await clients.sfn.send(new GetExecutionHistoryCommand({ executionArn }));
        return events?.find(({ taskFailedEventDetails }) =>
          taskFailedEventDetails?.cause?.includes('is not authorized to assume'),
        );
      }, 'the state machine is refused');
    };
    const seen: Record<string, () => Promise<void>> = {
      // The SDK's error does not contain the message of the credentials endpoint.
      worker: () =>
        without('worker', ({ lines }) =>
          until(
            () => lines.some(({ error }) => error === 'CredentialsProviderError'),
            'the worker is refused credentials',
          ),
        ),
      workflow: () => without('workflow', refusedCall),
      provisioner: () => without('provisioner', refusedCall),
      selector: () => without('selector', refusedCall, SELECT),
    };
    for (const [role, see] of Object.entries(seen)) it(`are needed by the ${role}`, see);

    it('are all tested here, or are known to be invisible', () => {
      expect([...roleNames.keys()].sort()).to.deep.equal(
        [...Object.keys(seen), ...Object.keys(UNSEEN_TRUST)].sort(),
      );
    });
  });

  describe('of rules to invoke the function', () => {
    /** Runs without the permission, and waits for the message that it is missing. */
    const without = async (permission: string, run: (test: TestCloud) => unknown) => {
      const messages: string[] = [];
      const folder = editStack(
        stack.stackFolder,
        ({ resource }) => delete resource.aws_lambda_permission[permission],
      );
      const test = await TestCloud.start(folder, { log: (message) => messages.push(message) });
      try {
        await run(test);
        await until(() => messages.some((message) => message.includes('may not invoke')), 'a refusal');
      } finally {
        await test.close();
      }
    };
    const stop = async (test: TestCloud) => {
      const executionArn = await test.begin(PREFIX);
      await test.clients.sfn.send(new StopExecutionCommand({ executionArn }));
      return executionArn;
    };
    const seen: Record<string, () => Promise<unknown>> = {
      execution_ended: () => without('execution_ended', stop),
      execution_redriven: () =>
        without('execution_redriven', async (test) => {
          await test.clients.sfn.send(new RedriveExecutionCommand({ executionArn: await stop(test) }));
        }),
      reconcile: async () => {
        mock.timers.enable({ apis: ['setInterval'] });
        try {
          await without('reconcile', () => mock.timers.tick(15 * 60 * 1000));
        } finally {
          mock.timers.reset();
        }
      },
    };
    for (const [name, see] of Object.entries(seen)) it(`are needed by ${name}`, see);

    it('are all tested here', () => {
      expect(Object.keys(stack.resource.aws_lambda_permission ?? {}).sort()).to.deep.equal(
        Object.keys(seen).sort(),
      );
    });
  });

  it("of the bucket's policy refuse requests without TLS, and only they do", () => {
    const read = new Stack(stack.stackFolder);
    const [[bucket, statements] = ['', []], ...others] = readBucketPolicies(read);
    expect([others.length, statements.map(({ Sid }) => Sid)]).to.deep.equal([0, ['TlsOnly']]);
    const roleName = roleNames.get('worker');
    // The loopback address counts as TLS: only a decision of the policies shows the effect of the statement.
    const decide = (policy: Statement[]) =>
      new StackPolicies({
        ...read.accountAndRegion,
        roles: readRoles(read),
        bucketPolicies: new Map([[bucket, policy]]),
      }).denial(
        { accessKeyId: '', arn: 'arn', roleName },
        {
          action: 's3:GetObject',
          resources: [`${bucket}/data/0`],
          conditionKeys: { 'aws:SecureTransport': 'false' },
        },
      );
    expect(decide([])).to.equal(undefined);
    expect(decide(statements)).to.match(/explicit deny in a resource-based policy$/);
  });
});
