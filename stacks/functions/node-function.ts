/** A Lambda function of runtime/, with its role and its log group. */
import type { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { AssetType, TerraformAsset, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { FunctionBundle } from '../../bundles';
import { logGroup } from '../core/log-group';
import type { Names } from '../core/names';
import { NODE_ENVIRONMENT } from '../core/node-environment';
import { ServiceRole, type Statement } from '../core/service-role';
import { X_RAY_STATEMENT } from '../core/tracing';
import type { Config } from '../settings/complete-config';

export interface NodeFunctionProps {
  /** Logical id of the function, its role and its log group, and the end of their names. */
  name: 'provisioner' | 'selector' | 'notifier';
  names: Names;
  config: Config;
  bundle: FunctionBundle;
  description: string;
  roleDescription: string;
  /** What the function may do besides writing its log. */
  statements: Statement[];
  timeoutSeconds: number;
  variables: Record<string, string>;
}

export class NodeFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly logGroup: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { name, names, config, bundle } = props;
    this.logGroup = logGroup(this, name, names.logGroup(name), config.logRetentionDays);
    const writeLogs = {
      Sid: 'WriteLogs',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: `${this.logGroup.arn}:*`,
    };
    const role = new ServiceRole(this, 'role', {
      logicalId: name,
      roleName: names.role(name),
      description: props.roleDescription,
      service: 'lambda.amazonaws.com',
      statements: [...props.statements, writeLogs, ...(config.tracing ? [X_RAY_STATEMENT] : [])],
    });
    // Directly below the stack, its folder is assets/provisioner-bundle, say, without a hash in the name.
    const asset = new TerraformAsset(TerraformStack.of(this), `${name}-bundle`, {
      path: bundle.archive,
      type: AssetType.FILE,
    });
    this.lambda = new LambdaFunction(this, 'function', {
      functionName: names[name],
      description: props.description,
      role: role.arn,
      runtime: 'nodejs22.x',
      architectures: ['arm64'],
      handler: 'index.handler',
      filename: asset.path,
      sourceCodeHash: bundle.sourceCodeHash,
      memorySize: 256,
      timeout: props.timeoutSeconds,
      environment: { variables: { ...props.variables, ...NODE_ENVIRONMENT } },
      loggingConfig: { logFormat: 'Text', logGroup: this.logGroup.name },
      tracingConfig: { mode: config.tracing ? 'Active' : 'PassThrough' },
      dependsOn: [role.policy],
    });
    this.lambda.overrideLogicalId(name);
  }
}
