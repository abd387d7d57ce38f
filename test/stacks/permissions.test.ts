/** The permissions of each role of the stack, their purposes and their limits, as the local cloud's IAM decides them. */
import { expect } from 'chai';
import { type Applied, apply, EVERYTHING } from './synthesize';

const ACCOUNT = '000000000000';
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}:${resource}`;
const BUCKET = `arn:aws:s3:::batch-processor-${ACCOUNT}-us-east-1`;
const ACTIVITY = arn('states', 'activity:batch-processor-tasks');
const MACHINE = arn('states', 'stateMachine:batch-processor');
const EXECUTION = arn('states', 'execution:batch-processor:run-1');
const CHILD = arn('states', 'execution:batch-processor/ProcessPrefix:child-1');
const FUNCTION = arn('lambda', 'function:batch-processor-provisioner');
const SELECTOR = arn('lambda', 'function:batch-processor-selector');
const NOTIFIER = arn('lambda', 'function:batch-processor-notifier');
const SCHEDULES = arn('scheduler', 'schedule-group/batch-processor');
const CLUSTER = arn('ecs', 'cluster/batch-processor');
const OTHER_CLUSTER = { 'ecs:cluster': arn('ecs', 'cluster/other') };
const IN_CLUSTER = { 'ecs:cluster': CLUSTER };
const logStream = (group: string) => arn('logs', `log-group:${group}:log-stream:s`);

interface Right {
  to: string;
  actions: string[];
  /** Resources on which it is allowed. */
  on: string[];
  /** Resources on which it is not allowed; none if AWS takes no resource for the action. */
  notOn: string[];
  /** Condition keys of the request, and condition keys with which it is not allowed. */
  keys?: Record<string, string>;
  notKeys?: Record<string, string>;
}

/** A resource that stands for all, for actions that take no resource. */
const ANY = '*';

const RIGHTS: Record<string, Right[]> = {
  worker: [
    {
      to: 'take tasks of its own activity',
      actions: ['states:GetActivityTask'],
      on: [ACTIVITY],
      notOn: [arn('states', 'activity:other'), `${ACTIVITY}-2`],
    },
    {
      to: 'report on tasks: the token is the permission',
      actions: ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'],
      on: [ANY],
      notOn: [],
    },
    {
      to: 'read the objects of its bucket',
      actions: ['s3:GetObject'],
      on: [`${BUCKET}/data/a`, `${BUCKET}/processed/data/a`],
      notOn: [BUCKET, 'arn:aws:s3:::other/a', `${BUCKET}2/a`],
    },
    {
      to: 'write outputs, and nothing else in the bucket',
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      on: [`${BUCKET}/processed/data/a`],
      notOn: [`${BUCKET}/data/a`, `${BUCKET}/results/a`, `${BUCKET}/manifests/a`, `${BUCKET}/processed`],
    },
    {
      to: 'tell an object that is missing from one that is denied',
      actions: ['s3:ListBucket'],
      on: [BUCKET],
      notOn: ['arn:aws:s3:::other'],
    },
  ],
  task_execution: [
    { to: 'log in to the registry', actions: ['ecr:GetAuthorizationToken'], on: [ANY], notOn: [] },
    {
      to: 'pull the worker image',
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
      on: [arn('ecr', 'repository/batch-processor-worker')],
      notOn: [arn('ecr', 'repository/other')],
    },
    {
      to: "write the workers' log",
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      on: [logStream('/batch-processor/worker')],
      notOn: [logStream('/batch-processor/provisioner'), logStream('/other')],
    },
  ],
  provisioner: [
    {
      to: 'list the executions of its state machine',
      actions: ['states:ListExecutions'],
      on: [MACHINE],
      notOn: [arn('states', 'stateMachine:other')],
    },
    {
      to: 'read executions, and stop those whose workers cannot start',
      actions: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution'],
      on: [EXECUTION],
      notOn: [arn('states', 'execution:other:run-1')],
    },
    {
      to: 'read groups',
      actions: ['autoscaling:DescribeAutoScalingGroups', 'autoscaling:DescribeScalingActivities'],
      on: [ANY],
      notOn: [],
    },
    {
      to: 'scale its own group',
      actions: ['autoscaling:SetDesiredCapacity'],
      on: [arn('autoscaling', 'autoScalingGroup:0a1b:autoScalingGroupName/batch-processor-workers')],
      notOn: [arn('autoscaling', 'autoScalingGroup:0a1b:autoScalingGroupName/other')],
    },
    {
      to: 'read its service',
      actions: ['ecs:DescribeServices'],
      on: [arn('ecs', 'service/batch-processor/workers')],
      notOn: [arn('ecs', 'service/batch-processor/other')],
      keys: IN_CLUSTER,
      notKeys: OTHER_CLUSTER,
    },
    {
      to: 'read the tasks of its cluster',
      actions: ['ecs:DescribeTasks'],
      on: [arn('ecs', 'task/batch-processor/1')],
      notOn: [arn('ecs', 'task/other/1')],
      keys: IN_CLUSTER,
      notKeys: OTHER_CLUSTER,
    },
    {
      to: 'list the tasks of its cluster',
      actions: ['ecs:ListTasks'],
      on: [ANY],
      notOn: [],
      keys: IN_CLUSTER,
      notKeys: OTHER_CLUSTER,
    },
    {
      to: 'list the instances of its cluster',
      actions: ['ecs:ListContainerInstances'],
      on: [CLUSTER],
      notOn: [arn('ecs', 'cluster/other')],
    },
    {
      to: 'read the instances of its cluster',
      actions: ['ecs:DescribeContainerInstances'],
      on: [arn('ecs', 'container-instance/batch-processor/1')],
      notOn: [arn('ecs', 'container-instance/other/1')],
      keys: IN_CLUSTER,
      notKeys: OTHER_CLUSTER,
    },
    {
      to: 'read what workers wrote',
      actions: ['logs:GetLogEvents'],
      on: [logStream('/batch-processor/worker')],
      notOn: [logStream('/batch-processor/provisioner'), logStream('/batch-processor/worker-2')],
    },
    {
      to: 'write its log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      on: [logStream('/batch-processor/provisioner')],
      notOn: [logStream('/batch-processor/worker'), logStream('/other')],
    },
  ],
  selector: [
    {
      to: 'list objects, and tell an output that is missing from one that is denied',
      actions: ['s3:ListBucket'],
      on: [BUCKET],
      notOn: ['arn:aws:s3:::other'],
    },
    {
      to: 'look at objects and outputs, and read manifests',
      actions: ['s3:GetObject'],
      on: [`${BUCKET}/data/a`, `${BUCKET}/processed/data/a`, `${BUCKET}/manifests/m.csv`],
      notOn: [BUCKET, 'arn:aws:s3:::other/a'],
    },
    {
      to: 'write lists, and nothing else in the bucket',
      actions: ['s3:PutObject'],
      on: [`${BUCKET}/manifests/run-1.jsonl`, `${BUCKET}/manifests/run-1/1.state`],
      notOn: [`${BUCKET}/data/a`, `${BUCKET}/processed/a`, `${BUCKET}/results/a`],
    },
    {
      to: 'write its log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      on: [logStream('/batch-processor/selector')],
      notOn: [logStream('/batch-processor/provisioner'), logStream('/other')],
    },
  ],
  notifier: [
    {
      to: 'read executions and find their map runs',
      actions: ['states:DescribeExecution', 'states:ListMapRuns'],
      on: [EXECUTION],
      notOn: [arn('states', 'execution:other:run-1'), CHILD],
    },
    {
      to: 'count the objects of map runs',
      actions: ['states:DescribeMapRun'],
      on: [arn('states', 'mapRun:batch-processor/ProcessPrefix:1')],
      notOn: [arn('states', 'mapRun:other/map:1')],
    },
    {
      to: 'publish to its topic',
      actions: ['sns:Publish'],
      on: [arn('sns', 'batch-processor-notifications')],
      notOn: [arn('sns', 'batch-processor-alarms'), arn('sns', 'other')],
    },
    {
      to: 'write its log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      on: [logStream('/batch-processor/notifier')],
      notOn: [logStream('/batch-processor/provisioner'), logStream('/other')],
    },
  ],
  schedules: [
    {
      to: 'start executions',
      actions: ['states:StartExecution'],
      on: [MACHINE],
      notOn: [arn('states', 'stateMachine:other'), `${MACHINE}-2`],
    },
  ],
  workflow: [
    {
      to: 'invoke the selector',
      actions: ['lambda:InvokeFunction'],
      on: [SELECTOR],
      notOn: [arn('lambda', 'function:other'), `${SELECTOR}-2`],
    },
    {
      to: 'invoke the provisioner',
      actions: ['lambda:InvokeFunction'],
      on: [FUNCTION],
      notOn: [arn('lambda', 'function:other'), `${FUNCTION}-2`],
    },
    {
      to: 'start the children of its map',
      actions: ['states:StartExecution'],
      on: [MACHINE],
      notOn: [arn('states', 'stateMachine:other')],
    },
    {
      to: 'follow, stop and redrive the children of its map',
      actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
      on: [EXECUTION, CHILD],
      notOn: [arn('states', 'execution:other:run-1'), arn('states', 'execution:other/map:child-1')],
    },
    {
      to: 'count the objects of its map runs',
      actions: ['states:DescribeMapRun'],
      on: [arn('states', 'mapRun:batch-processor/ProcessPrefix:1')],
      notOn: [arn('states', 'mapRun:other/map:1')],
    },
    { to: 'list objects', actions: ['s3:ListBucket'], on: [BUCKET], notOn: ['arn:aws:s3:::other'] },
    {
      to: 'read manifests, wherever in the bucket, and its own results',
      actions: ['s3:GetObject'],
      on: [`${BUCKET}/manifests/m.jsonl`, `${BUCKET}/results/run-1/manifest.json`],
      notOn: [BUCKET, 'arn:aws:s3:::other/a'],
    },
    {
      to: 'write results, and nothing else in the bucket',
      actions: ['s3:PutObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      on: [`${BUCKET}/results/run-1/id/SUCCEEDED_0.jsonl`],
      notOn: [`${BUCKET}/processed/a`, `${BUCKET}/data/a`, `${BUCKET}/manifests/a`],
    },
    {
      // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
      to: 'have its log delivered',
      actions: [
        'logs:CreateLogDelivery',
        'logs:GetLogDelivery',
        'logs:UpdateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:DescribeResourcePolicies',
        'logs:DescribeLogGroups',
      ],
      on: [ANY],
      notOn: [],
    },
  ],
  // From https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEC2ContainerServiceforEC2Role.html
  instance: [
    { to: 'find its endpoint', actions: ['ecs:DiscoverPollEndpoint'], on: [ANY], notOn: [] },
    {
      to: 'join its cluster, leave it, and say what became of tasks',
      actions: [
        'ecs:RegisterContainerInstance',
        'ecs:DeregisterContainerInstance',
        'ecs:SubmitTaskStateChange',
        'ecs:SubmitContainerStateChange',
        'ecs:SubmitAttachmentStateChanges',
      ],
      on: [CLUSTER],
      notOn: [arn('ecs', 'cluster/other')],
    },
    {
      to: 'take orders for itself, drain at a Spot interruption, send what the agent logs',
      actions: [
        'ecs:Poll',
        'ecs:StartTelemetrySession',
        'ecs:UpdateContainerInstancesState',
        'ecs:PutSystemLogEvents',
      ],
      on: [arn('ecs', 'container-instance/batch-processor/1')],
      notOn: [arn('ecs', 'container-instance/other/1')],
    },
  ],
};

/** The service that assumes each role, and the purpose. */
const ASSUMED_BY: Record<string, { service: string; source: string; notSource?: string }> = {
  worker: { service: 'ecs-tasks.amazonaws.com', source: arn('ecs', 'task/batch-processor/1') },
  task_execution: { service: 'ecs-tasks.amazonaws.com', source: arn('ecs', 'task/batch-processor/1') },
  provisioner: { service: 'lambda.amazonaws.com', source: FUNCTION },
  selector: { service: 'lambda.amazonaws.com', source: SELECTOR },
  notifier: { service: 'lambda.amazonaws.com', source: NOTIFIER },
  schedules: {
    service: 'scheduler.amazonaws.com',
    source: SCHEDULES,
    notSource: arn('scheduler', 'schedule-group/default'),
  },
  workflow: {
    service: 'states.amazonaws.com',
    source: MACHINE,
    notSource: arn('states', 'stateMachine:other'),
  },
  instance: { service: 'ec2.amazonaws.com', source: arn('ec2', 'instance/i-1') },
};

describe('the permissions of the stack', () => {
  let stack: Applied;
  before(() => {
    stack = apply(EVERYTHING);
  });

  const roleName = (logicalId: string) => String(stack.resources[`aws_iam_role.${logicalId}`]?.name);
  const statementsOf = (logicalId: string, of = stack) =>
    JSON.parse(of.resources[`aws_iam_role_policy.${logicalId}`]?.policy).Statement;
  const may = (role: string, action: string, resource: string, conditionKeys?: Record<string, string>) => {
    const caller = {
      accessKeyId: 'k',
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${roleName(role)}/s`,
      roleName: roleName(role),
    };
    return stack.policies.denial(caller, { action, resources: [resource], conditionKeys }) === undefined;
  };

  it('belong to roles that are known here, each with one policy of its own', () => {
    const named = (type: string) =>
      Object.keys(stack.resources)
        .filter((address) => address.startsWith(`${type}.`))
        .map((address) => address.slice(type.length + 1));
    expect(named('aws_iam_role')).to.have.members(Object.keys(RIGHTS));
    expect(named('aws_iam_role_policy')).to.have.members(Object.keys(RIGHTS));
    for (const role of Object.keys(RIGHTS)) {
      expect(stack.resources[`aws_iam_role_policy.${role}`]?.role).to.equal(roleName(role));
    }
    const others = Object.keys(stack.resources).filter((address) =>
      /^aws_iam_.*(policy|attachment)/.test(address),
    );
    expect(others.filter((address) => !address.startsWith('aws_iam_role_policy.'))).to.deep.equal([]);
  });

  for (const [role, rights] of Object.entries(RIGHTS)) {
    for (const { to, actions, on, notOn, keys, notKeys } of rights) {
      it(`let ${role} ${to}`, () => {
        for (const action of actions) {
          for (const each of on) expect(may(role, action, each, keys), `${action} ${each}`).to.equal(true);
          for (const each of notOn)
            expect(may(role, action, each, keys), `${action} ${each}`).to.equal(false);
          if (notKeys) expect(may(role, action, on[0] ?? ANY, notKeys), action).to.equal(false);
        }
      });
    }

    it(`let ${role} do nothing else`, () => {
      const actions = statementsOf(role).flatMap(({ Action }: { Action: string[] }) => Action);
      expect(actions).to.have.members(rights.flatMap((right) => right.actions));
      for (const { Effect } of statementsOf(role)) expect(Effect).to.equal('Allow');
    });
  }

  it('let functions and the state machine write traces only if they are traced', () => {
    const traced = apply({ ...EVERYTHING, BATCH_TRACING: 'true' });
    for (const role of Object.keys(RIGHTS)) {
      const added = statementsOf(role, traced).slice(statementsOf(role).length);
      const expected = ['provisioner', 'selector', 'notifier', 'workflow'].includes(role)
        ? [
            {
              Effect: 'Allow',
              Sid: 'Trace',
              // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
              Action: [
                'xray:PutTraceSegments',
                'xray:PutTelemetryRecords',
                'xray:GetSamplingRules',
                'xray:GetSamplingTargets',
              ],
              Resource: '*',
            },
          ]
        : [];
      expect(added, role).to.deep.equal(expected);
    }
  });

  it('limit workers that may read only some prefixes to these and to outputs', () => {
    stack = apply({ ...EVERYTHING, BATCH_READ_PREFIXES: 'data/, in/' });
    for (const key of ['data/a', 'in/a', 'processed/data/a']) {
      expect(may('worker', 's3:GetObject', `${BUCKET}/${key}`), key).to.equal(true);
    }
    for (const key of ['a', 'results/a', 'date/a']) {
      expect(may('worker', 's3:GetObject', `${BUCKET}/${key}`), key).to.equal(false);
    }
    stack = apply(EVERYTHING);
  });

  it('let the roles that use an existing bucket use only its key', () => {
    const key = arn('kms', 'key/1234abcd-12ab-34cd-56ef-1234567890ab');
    stack = apply({
      ...EVERYTHING,
      BATCH_BUCKET: 'my-data',
      BATCH_BUCKET_KEY_ARN: key.replace(ACCOUNT, '123456789012'),
    });
    const own = key.replace(ACCOUNT, '123456789012');
    for (const role of Object.keys(RIGHTS)) {
      const expected = ['worker', 'selector', 'workflow'].includes(role);
      for (const action of ['kms:Decrypt', 'kms:GenerateDataKey']) {
        expect(may(role, action, own), `${role} ${action}`).to.equal(expected);
        expect(may(role, action, key), `${role} ${action}`).to.equal(false);
      }
    }
    // A ResultWriter encrypts with the key itself.
    expect(['worker', 'selector', 'workflow'].filter((role) => may(role, 'kms:Encrypt', own))).to.deep.equal([
      'workflow',
    ]);
    expect(may('worker', 's3:PutObject', 'arn:aws:s3:::my-data/processed/a')).to.equal(true);
    expect(may('worker', 's3:PutObject', 'arn:aws:s3:::my-data/a')).to.equal(false);
    stack = apply(EVERYTHING);
  });

  describe('in other buckets', () => {
    const THEIRS = '111122223333';
    const KEYS = ['read', 'write'].map((id) => `arn:aws:kms:us-east-1:${THEIRS}:key/${id}`);
    const SETTINGS = {
      BATCH_READ_BUCKETS: `archive, theirs owner=${THEIRS} key=${KEYS[0]}, open owner=any`,
      BATCH_OUTPUT_BUCKET: `made owner=${THEIRS} key=${KEYS[1]}`,
      BATCH_READ_PREFIXES: 'data/',
    };
    const own = { 's3:ResourceAccount': ACCOUNT };
    const theirs = { 's3:ResourceAccount': THEIRS };
    const s3 = (path: string) => `arn:aws:s3:::${path}`;
    before(() => {
      stack = apply({ ...EVERYTHING, ...SETTINGS });
    });
    after(() => {
      stack = apply(EVERYTHING);
    });

    for (const role of ['worker', 'selector']) {
      it(`let ${role} read and list the right ones, if they belong to the right account`, () => {
        const cases: [string, Record<string, string>, boolean][] = [
          ['archive', own, true],
          ['archive', theirs, false],
          ['theirs', theirs, true],
          ['theirs', own, false],
          ['open', own, true],
          ['open', theirs, true],
          ['another', own, false],
          ['archive2', own, false],
        ];
        for (const [bucket, keys, expected] of cases) {
          expect(may(role, 's3:GetObject', s3(`${bucket}/any/key`), keys), bucket).to.equal(expected);
          expect(may(role, 's3:ListBucket', s3(bucket), keys), bucket).to.equal(expected);
        }
      });

      it(`let ${role} write nothing to the buckets of objects, and read no versions`, () => {
        for (const action of [
          's3:PutObject',
          's3:DeleteObject',
          's3:AbortMultipartUpload',
          's3:GetObjectVersion',
        ])
          for (const bucket of ['archive', 'theirs', 'open'])
            for (const keys of [own, theirs])
              expect(may(role, action, s3(`${bucket}/processed/a`), keys), `${action} ${bucket}`).to.equal(
                false,
              );
      });

      it(`let ${role} read outputs, and nothing else in their bucket`, () => {
        expect(may(role, 's3:GetObject', s3('made/processed/a'), theirs)).to.equal(true);
        expect(may(role, 's3:ListBucket', s3('made'), theirs)).to.equal(true);
        expect(may(role, 's3:GetObject', s3('made/processed/a'), own)).to.equal(false);
        expect(may(role, 's3:GetObject', s3('made/a'), theirs)).to.equal(false);
        expect(may(role, 's3:GetObject', `${BUCKET}/processed/a`, own)).to.equal(false);
      });
    }

    it('let the worker alone write outputs, to their bucket alone, and delete nothing', () => {
      for (const action of ['s3:PutObject', 's3:AbortMultipartUpload']) {
        expect(may('worker', action, s3('made/processed/archive/a'), theirs)).to.equal(true);
        expect(may('worker', action, s3('made/processed/archive/a'), own)).to.equal(false);
        for (const place of ['made/a', 'made/results/a', 'made/processed', 'made'])
          expect(may('worker', action, s3(place), theirs), place).to.equal(false);
        expect(may('worker', action, `${BUCKET}/processed/a`, own)).to.equal(false);
        expect(may('selector', action, s3('made/processed/a'), theirs)).to.equal(false);
      }
      expect(may('worker', 's3:DeleteObject', s3('made/processed/a'), theirs)).to.equal(false);
    });

    it('let them use the keys only as they need to', () => {
      const uses = (role: string, key = '') =>
        ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:Encrypt'].filter((action) => may(role, action, key));
      const [read, write] = KEYS;
      expect(uses('worker', read)).to.deep.equal(['kms:Decrypt']);
      expect(uses('worker', write)).to.deep.equal(['kms:Decrypt', 'kms:GenerateDataKey']);
      expect(uses('selector', read)).to.deep.equal(['kms:Decrypt']);
      expect(uses('selector', write)).to.deep.equal(['kms:Decrypt']);
      expect(uses('worker', arn('kms', 'key/other'))).to.deep.equal([]);
    });

    it('let no other role do anything', () => {
      for (const role of Object.keys(RIGHTS).filter((name) => !['worker', 'selector'].includes(name)))
        for (const keys of [own, theirs])
          for (const bucket of ['archive', 'theirs', 'open', 'made'])
            for (const action of ['s3:GetObject', 's3:PutObject', 's3:ListBucket'])
              for (const place of [bucket, `${bucket}/processed/a`])
                expect(may(role, action, s3(place), keys), `${role} ${action} ${place}`).to.equal(false);
    });
  });

  for (const [name, { service, source, notSource }] of Object.entries(ASSUMED_BY)) {
    it(`let ${service} alone act as ${name}`, () => {
      const role = stack.roles.get(roleName(name));
      if (!role) throw new Error(`There is no role ${name}.`);
      const refused = (principal: string, from: string) =>
        stack.policies.assumeRoleDenial(role, principal, from) !== undefined;
      expect(refused(service, source)).to.equal(false);
      expect(refused('sqs.amazonaws.com', source)).to.equal(true);
      expect(role.trust).to.have.length(1);
      if (notSource) expect(refused(service, notSource)).to.equal(true);
      // ECS, Step Functions and EventBridge Scheduler name the resource for which they act, and the policy limits it to this account (the
      // confused deputy problem).
      const condition = role.trust[0]?.Condition ?? {};
      const held = ['worker', 'task_execution', 'workflow', 'schedules'].includes(name);
      if (!held) return expect(condition).to.deep.equal({});
      expect(condition.StringEquals).to.include({ 'aws:SourceAccount': ACCOUNT });
      expect(refused(service, source.replace(ACCOUNT, '123456789012'))).to.equal(true);
      expect(refused(service, source.replace('us-east-1', 'eu-west-1'))).to.equal(true);
    });
  }
});
