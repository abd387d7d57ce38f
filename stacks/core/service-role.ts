/** An IAM role for one AWS service, with one inline policy that says all it may do. */
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Aspects } from 'cdktf';
import { Construct } from 'constructs';

export interface Statement {
  Sid: string;
  Action: string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface ServiceRoleProps {
  /** Logical id of the role and its policy, such as `worker`. */
  logicalId: string;
  roleName: string;
  description: string;
  /** Service principal that assumes the role, such as `states.amazonaws.com`. */
  service: string;
  /** Keeps other accounts from using the role through the service (the confused deputy problem), if the service names the source. */
  trustCondition?: Statement['Condition'];
  statements: Statement[];
}

export class ServiceRole extends Construct {
  readonly role: IamRole;
  /** Resources that use the role depend on this: AWS checks some permissions when it creates them. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id);
    this.role = new IamRole(this, 'role', {
      name: props.roleName,
      description: props.description,
      assumeRolePolicy: policyDocument([
        {
          Action: 'sts:AssumeRole',
          Principal: { Service: props.service },
          ...(props.trustCondition ? { Condition: props.trustCondition } : {}),
        },
      ]),
    });
    this.role.overrideLogicalId(props.logicalId);
    this.policy = new IamRolePolicy(this, 'policy', {
      name: props.logicalId,
      role: this.role.id,
      policy: policyDocument(props.statements),
    });
    this.policy.overrideLogicalId(props.logicalId);
  }

  get arn(): string {
    return this.role.arn;
  }
}

/** Sets the permissions boundary of every role below `scope`: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html */
export function boundRoles(scope: Construct, permissionsBoundaryArn: string): void {
  Aspects.of(scope).add({
    visit(node) {
      if (node instanceof IamRole) node.permissionsBoundary = permissionsBoundaryArn;
    },
  });
}

export function policyDocument(statements: object[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  });
}
