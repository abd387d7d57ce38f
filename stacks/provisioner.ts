/** The Lambda function that makes the fleet what the running executions need, and its role. */
import type { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { AssetType, TerraformAsset, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { RuntimeBundles } from '../bundles';
import type { Config } from './config';
import { logGroup } from './log-group';
import type { Names } from './names';
import { NODE_ENVIRONMENT } from './node';
import { ServiceRole, type Statement } from './service-role';
import { runtimeVariables } from './settings';
import { X_RAY_STATEMENT } from './tracing';

export interface ProvisionerProps {
  names: Names;
  config: Config;
  bundle: RuntimeBundles['provisioner'];
}

export class Provisioner extends Construct {
  readonly lambda: LambdaFunction;
  readonly logGroup: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, { names, config, bundle }: ProvisionerProps) {
    super(scope, id);
    this.logGroup = logGroup(this, 'provisioner', names.logGroup('provisioner'), config.logRetentionDays);
    const role = new ServiceRole(this, 'role', {
      logicalId: 'provisioner',
      roleName: names.role('provisioner'),
      description:
        "Provisioner function: reads executions, group, service and workers' logs; sets the desired capacity; stops executions whose workers cannot start",
      service: 'lambda.amazonaws.com',
      statements: [...statements(names, this.logGroup), ...(config.tracing ? [X_RAY_STATEMENT] : [])],
    });
    // Directly below the stack, its folder is assets/provisioner-bundle, without a hash in the name.
    const asset = new TerraformAsset(TerraformStack.of(this), 'provisioner-bundle', {
      path: bundle.archive,
      type: AssetType.FILE,
    });
    this.lambda = new LambdaFunction(this, 'function', {
      functionName: names.provisioner,
      description: 'Makes the fleet of workers what the running executions need',
      role: role.arn,
      runtime: 'nodejs22.x',
      architectures: ['arm64'],
      handler: 'index.handler',
      filename: asset.path,
      sourceCodeHash: bundle.sourceCodeHash,
      memorySize: 256,
      timeout: 60,
      environment: {
        variables: {
          CLUSTER_NAME: names.cluster,
          SERVICE_NAME: names.service,
          AUTO_SCALING_GROUP_NAME: names.autoScalingGroup,
          STATE_MACHINE_ARN: names.stateMachineArn,
          WORKER_LOG_GROUP: names.logGroup('worker'),
          ...runtimeVariables('provisioner', config),
          ...NODE_ENVIRONMENT,
        },
      },
      loggingConfig: { logFormat: 'Text', logGroup: this.logGroup.name },
      tracingConfig: { mode: config.tracing ? 'Active' : 'PassThrough' },
      dependsOn: [role.policy],
    });
    this.lambda.overrideLogicalId('provisioner');
  }
}

function statements(names: Names, logs: CloudwatchLogGroup): Statement[] {
  const inCluster = { ArnEquals: { 'ecs:cluster': names.clusterArn } };
  return [
    {
      Sid: 'ListExecutions',
      Action: ['states:ListExecutions'],
      Resource: names.stateMachineArn,
    },
    {
      Sid: 'ReadAndStopExecutions',
      Action: ['states:DescribeExecution', 'states:StopExecution'],
      Resource: names.arn('states', `execution:${names.stateMachine}:*`),
    },
    {
      // Neither action takes a resource.
      Sid: 'ReadGroup',
      Action: ['autoscaling:DescribeAutoScalingGroups', 'autoscaling:DescribeScalingActivities'],
      Resource: '*',
    },
    {
      Sid: 'ScaleGroup',
      Action: ['autoscaling:SetDesiredCapacity'],
      Resource: names.arn('autoscaling', `autoScalingGroup:*:autoScalingGroupName/${names.autoScalingGroup}`),
    },
    {
      Sid: 'ReadService',
      Action: ['ecs:DescribeServices'],
      Resource: names.arn('ecs', `service/${names.cluster}/${names.service}`),
      Condition: inCluster,
    },
    {
      Sid: 'ReadTasks',
      Action: ['ecs:DescribeTasks'],
      Resource: names.arn('ecs', `task/${names.cluster}/*`),
      Condition: inCluster,
    },
    {
      // Its only resource is a container instance, which a listing of the service's tasks does not name.
      Sid: 'ListTasks',
      Action: ['ecs:ListTasks'],
      Resource: '*',
      Condition: inCluster,
    },
    {
      Sid: 'ReadWorkerLogs',
      Action: ['logs:GetLogEvents'],
      Resource: names.arn('logs', `log-group:${names.logGroup('worker')}:log-stream:*`),
    },
    {
      Sid: 'WriteLogs',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: `${logs.arn}:*`,
    },
  ];
}
