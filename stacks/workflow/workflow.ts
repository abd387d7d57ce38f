/** The state machine that runs asl/, its role and its log. */
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import type { SfnActivity } from '@cdktf/provider-aws/lib/sfn-activity';
import { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine';
import { Construct } from 'constructs';
import { PREFIXES } from '../../runtime/prefixes';
import { logGroup } from '../core/log-group';
import type { Names } from '../core/names';
import { ServiceRole, type Statement } from '../core/service-role';
import { X_RAY_STATEMENT } from '../core/tracing';
import type { Config } from '../settings/complete-config';
import type { Buckets } from '../storage/buckets';
import type { Storage } from '../storage/storage';
import { workflowDefinition } from './definition';

export interface WorkflowProps {
  names: Names;
  config: Config;
  storage: Storage;
  buckets: Buckets;
  activity: SfnActivity;
  provisioner: LambdaFunction;
  selector: LambdaFunction;
}

export class Workflow extends Construct {
  readonly stateMachine: SfnStateMachine;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const { names, config, storage, buckets, activity, provisioner, selector } = props;
    // Groups with this prefix do not use up the account's CloudWatch Logs resource policy, which has a size limit:
    // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    const logs = logGroup(
      this,
      'workflow',
      `/aws/vendedlogs/states/${names.prefix}`,
      config.logRetentionDays,
    );
    const role = new ServiceRole(this, 'role', {
      logicalId: 'workflow',
      roleName: names.role('workflow'),
      description:
        'State machine: invokes provisioner and selector, runs the map, reads object lists, writes results',
      service: 'states.amazonaws.com',
      trustCondition: {
        StringEquals: { 'aws:SourceAccount': names.account },
        ArnLike: { 'aws:SourceArn': names.arn('states', `stateMachine:${names.stateMachine}*`) },
      },
      statements: [...statements(props), ...(config.tracing ? [X_RAY_STATEMENT] : [])],
    });
    this.stateMachine = new SfnStateMachine(this, 'state-machine', {
      name: names.stateMachine,
      type: 'STANDARD',
      roleArn: role.arn,
      definition: JSON.stringify(
        workflowDefinition(
          {
            Partition: names.partition,
            ActivityArn: activity.id,
            ProvisionerFunctionArn: provisioner.arn,
            SelectorFunctionArn: selector.arn,
            Bucket: storage.bucketName,
            SourceBuckets: buckets.sources.join(', '),
            OutputBucket: buckets.outputBucketName,
            OutputPrefix: PREFIXES.output,
            ResultsPrefix: PREFIXES.results,
            ManifestsPrefix: PREFIXES.manifests,
          },
          config,
        ),
      ),
      // Keys of objects can be personal data: the log says what failed, the execution itself holds the data.
      loggingConfiguration: {
        level: 'ERROR',
        includeExecutionData: false,
        logDestination: `${logs.arn}:*`,
      },
      tracingConfiguration: { enabled: config.tracing },
      dependsOn: [role.policy],
    });
    this.stateMachine.overrideLogicalId('workflow');
  }
}

function statements({ names, storage, provisioner, selector }: WorkflowProps): Statement[] {
  return [
    { Sid: 'InvokeProvisioner', Action: ['lambda:InvokeFunction'], Resource: provisioner.arn },
    { Sid: 'InvokeSelector', Action: ['lambda:InvokeFunction'], Resource: selector.arn },
    {
      // A Distributed Map starts its children as executions of its own state machine:
      // https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
      Sid: 'StartChildren',
      Action: ['states:StartExecution'],
      Resource: names.stateMachineArn,
    },
    {
      Sid: 'FollowChildren',
      Action: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
      Resource: [
        names.arn('states', `execution:${names.stateMachine}:*`),
        names.arn('states', `execution:${names.stateMachine}/*`),
      ],
    },
    {
      Sid: 'CountObjects',
      Action: ['states:DescribeMapRun'],
      Resource: names.arn('states', `mapRun:${names.stateMachine}/*`),
    },
    { Sid: 'ListObjects', Action: ['s3:ListBucket'], Resource: storage.bucketArn },
    {
      Sid: 'ReadManifestsAndResults',
      Action: ['s3:GetObject'],
      Resource: `${storage.bucketArn}/*`,
    },
    {
      Sid: 'WriteResults',
      Action: ['s3:PutObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      Resource: `${storage.bucketArn}/${PREFIXES.results}*`,
    },
    // A ResultWriter encrypts: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    ...storage.keyStatements.map((statement) => ({
      ...statement,
      Action: [...statement.Action, 'kms:Encrypt'],
    })),
    {
      // None of these actions takes a resource: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
      Sid: 'DeliverLogs',
      Action: [
        'logs:CreateLogDelivery',
        'logs:GetLogDelivery',
        'logs:UpdateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:DescribeResourcePolicies',
        'logs:DescribeLogGroups',
      ],
      Resource: '*',
    },
  ];
}
