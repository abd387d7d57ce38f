/** The worker's two roles: what its code may do, and what ECS does to start it. */
import type { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import type { SfnActivity } from '@cdktf/provider-aws/lib/sfn-activity';
import { Construct } from 'constructs';
import { PREFIXES } from '../../runtime/prefixes';
import { literal } from '../core/literal';
import type { Names } from '../core/names';
import { policyDocument, ServiceRole } from '../core/service-role';
import type { Config } from '../settings/complete-config';
import { secretStatements } from '../settings/secrets';
import type { Buckets } from '../storage/buckets';
import type { Storage } from '../storage/storage';

export interface WorkerRolesProps {
  names: Names;
  config: Config;
  storage: Storage;
  buckets: Buckets;
  activity: SfnActivity;
  repository: EcrRepository;
  logGroup: CloudwatchLogGroup;
}

export class WorkerRoles extends Construct {
  readonly task: ServiceRole;
  readonly execution: ServiceRole;
  /** What the roles may do, which a worker needs from its start. */
  readonly policies: IamRolePolicy[];

  constructor(scope: Construct, id: string, props: WorkerRolesProps) {
    super(scope, id);
    this.task = this.createTaskRole(props);
    this.execution = this.createExecutionRole(props);
    this.policies = [this.task.policy, this.execution.policy, ...this.createStatements(props)];
  }

  /** A policy of its own, so that the console shows the user's statements apart from those of the stack. */
  private createStatements({ config: { workerStatements } }: WorkerRolesProps): IamRolePolicy[] {
    if (workerStatements.length === 0) return [];
    const policy = new IamRolePolicy(this, 'worker-statements', {
      name: 'worker_statements',
      role: this.task.role.id,
      // IAM's variables look like Terraform's.
      policy: literal(policyDocument(workerStatements)),
    });
    policy.overrideLogicalId('worker_statements');
    return [policy];
  }

  private createTaskRole({ names, config, storage, buckets, activity }: WorkerRolesProps): ServiceRole {
    const below = (prefix: string) => `${storage.bucketArn}/${prefix}*`;
    // Outputs as well, to see whether they are up to date.
    const prefixes = [...config.readPrefixes, ...(buckets.ownHasOutputs ? [PREFIXES.output] : [])];
    return new ServiceRole(this, 'task', {
      logicalId: 'worker',
      roleName: names.role('worker'),
      description: 'Worker: polls its activity, reads objects, writes outputs',
      service: 'ecs-tasks.amazonaws.com',
      trustCondition: ecsTasksOf(names),
      statements: [
        { Sid: 'TakeTasks', Action: ['states:GetActivityTask'], Resource: activity.id },
        {
          // None of these takes a resource: the token, which only GetActivityTask hands out, is the permission.
          Sid: 'ReportTasks',
          Action: ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'],
          Resource: '*',
        },
        {
          Sid: 'ReadObjects',
          Action: ['s3:GetObject'],
          Resource: prefixes.includes('') ? below('') : prefixes.map(below),
        },
        ...buckets.writeOutputsStatements,
        ...buckets.lookAtOutputsStatements,
        ...buckets.readStatements,
        // Without it, S3 answers 403 rather than 404 for a key that does not exist.
        { Sid: 'TellMissingFromDenied', Action: ['s3:ListBucket'], Resource: storage.bucketArn },
        ...storage.keyStatements,
      ],
    });
  }

  private createExecutionRole({ names, config, repository, logGroup }: WorkerRolesProps): ServiceRole {
    return new ServiceRole(this, 'execution', {
      logicalId: 'task_execution',
      roleName: names.role('task-execution'),
      description: 'ECS agent: pulls the worker image, reads its secrets and writes its log',
      service: 'ecs-tasks.amazonaws.com',
      trustCondition: ecsTasksOf(names),
      statements: [
        {
          // Takes no resource.
          Sid: 'LogInToRegistry',
          Action: ['ecr:GetAuthorizationToken'],
          Resource: '*',
        },
        {
          Sid: 'PullImage',
          Action: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
          Resource: repository.arn,
        },
        {
          Sid: 'WriteLogs',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: `${logGroup.arn}:*`,
        },
        ...secretStatements(config),
      ],
    });
  }
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
function ecsTasksOf(names: Names) {
  return {
    StringEquals: { 'aws:SourceAccount': names.account },
    ArnLike: { 'aws:SourceArn': names.arn('ecs', '*') },
  };
}
