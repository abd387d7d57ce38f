/** The Lambda function that makes the fleet what the running executions need, and its role. */
import type { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { Construct } from 'constructs';
import type { FunctionBundle } from '../../bundles';
import type { Names } from '../core/names';
import type { Statement } from '../core/service-role';
import type { Config } from '../settings/complete-config';
import { runtimeVariables } from '../settings/settings';
import { NodeFunction } from './node-function';

export interface ProvisionerProps {
  names: Names;
  config: Config;
  bundle: FunctionBundle;
}

export class Provisioner extends Construct {
  readonly lambda: LambdaFunction;
  readonly logGroup: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, { names, config, bundle }: ProvisionerProps) {
    super(scope, id);
    const { lambda, logGroup } = new NodeFunction(this, 'function', {
      name: 'provisioner',
      names,
      config,
      bundle,
      description: 'Makes the fleet of workers what the running executions need',
      roleDescription:
        "Provisioner function: reads executions, group, cluster and workers' logs; sets the desired capacity; stops executions whose workers cannot start",
      statements: statements(names),
      timeoutSeconds: 60,
      variables: {
        CLUSTER_NAME: names.cluster,
        SERVICE_NAME: names.service,
        AUTO_SCALING_GROUP_NAME: names.autoScalingGroup,
        STATE_MACHINE_ARN: names.stateMachineArn,
        WORKER_LOG_GROUP: names.logGroup('worker'),
        ...runtimeVariables('provisioner', config),
      },
    });
    this.lambda = lambda;
    this.logGroup = logGroup;
  }
}

function statements(names: Names): Statement[] {
  const inCluster = { ArnEquals: { 'ecs:cluster': names.clusterArn } };
  return [
    {
      Sid: 'ListExecutions',
      Action: ['states:ListExecutions'],
      Resource: names.stateMachineArn,
    },
    {
      Sid: 'ReadAndStopExecutions',
      Action: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution'],
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
      Sid: 'ListInstances',
      Action: ['ecs:ListContainerInstances'],
      Resource: names.clusterArn,
    },
    {
      Sid: 'ReadInstances',
      Action: ['ecs:DescribeContainerInstances'],
      Resource: names.arn('ecs', `container-instance/${names.cluster}/*`),
      Condition: inCluster,
    },
    {
      Sid: 'ReadWorkerLogs',
      Action: ['logs:GetLogEvents'],
      Resource: names.arn('logs', `log-group:${names.logGroup('worker')}:log-stream:*`),
    },
  ];
}
