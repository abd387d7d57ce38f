/**
 * Decides requests by the policies of the synthesized stack: an explicit deny wins, else an allow is needed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * Our own code, since the one simulator that fits is under the AGPL. It knows the elements of identity-based policies
 * and of what the stack's other policies use, and refuses the rest at the boot, with an error that names it.
 */
import type { Policies } from '../gateway';
import type { Authorization, Caller } from '../service';
import { conditionsHold, type RequestValues } from './conditions';
import { list, type Role, type Statement } from './document';
import { matches } from './pattern';
import { expand } from './variables';

export interface PoliciesOptions {
  account: string;
  region: string;
  /** By name. */
  roles: ReadonlyMap<string, Role>;
  /** Statements by ARN of the bucket. */
  bucketPolicies: ReadonlyMap<string, Statement[]>;
}

interface Request {
  /** ARN, or the name of a service. */
  principal: string;
  action: string;
  resource: string;
  values: RequestValues;
}

export class StackPolicies implements Policies {
  constructor(private readonly options: PoliciesOptions) {
    // Conditions whose operator is not known are found now, and not in the middle of a run.
    const roles = [...options.roles.values()];
    const statements = [
      ...roles.flatMap(({ trust, policies }) => [trust, ...policies]),
      ...options.bucketPolicies.values(),
    ];
    for (const { Condition } of statements.flat()) conditionsHold(Condition, {});
  }

  /** Why the caller may not, in AWS's words; undefined if it may. */
  denial(caller: Caller, { action, resources, conditionKeys }: Authorization): string | undefined {
    const role = caller.roleName === undefined ? undefined : this.options.roles.get(caller.roleName);
    if (caller.roleName === undefined) return undefined;
    const values = this.values({ 'aws:PrincipalArn': role?.arn ?? caller.arn, ...conditionKeys });
    for (const resource of resources) {
      const request = { principal: caller.arn, action, resource, values };
      const reason = this.decide(request, role?.policies.flat() ?? []);
      if (reason) {
        return `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
      }
    }
    return undefined;
  }

  /**
   * Why the principal, a service (`lambda.amazonaws.com`) or an ARN, may not assume the role for `sourceArn`; undefined if
   * the role's trust policy lets it.
   */
  assumeRoleDenial(role: Role, principal: string, sourceArn: string): string | undefined {
    const values = this.values({ 'aws:SourceAccount': this.options.account, 'aws:SourceArn': sourceArn });
    const request = { principal, action: 'sts:AssumeRole', resource: role.arn, values };
    if (effectOf(role.trust, request, isPrincipal) === 'Allow') return undefined;
    return `${principal} is not authorized to assume ${role.arn}: the role's trust policy does not allow it`;
  }

  private decide(request: Request, identityPolicy: Statement[]): string | undefined {
    const bucketPolicy = this.options.bucketPolicies.get(request.resource.split('/', 1)[0] ?? '') ?? [];
    const byResource = effectOf(bucketPolicy, request, isPrincipal);
    if (byResource === 'Deny') return 'with an explicit deny in a resource-based policy';
    const byIdentity = effectOf(identityPolicy, request);
    if (byIdentity === 'Deny') return 'with an explicit deny in an identity-based policy';
    if (byIdentity ?? byResource) return undefined;
    return `because no identity-based policy allows the ${request.action} action`;
  }

  private values(more: RequestValues): RequestValues {
    const { account, region } = this.options;
    return {
      'aws:PrincipalAccount': account,
      'aws:RequestedRegion': region,
      // The loopback interface counts as TLS: nobody can listen in on it.
      'aws:SecureTransport': 'true',
      ...more,
    };
  }
}

/** The effect of a policy's statements on a request, if any concerns it: a deny wins. */
function effectOf(
  statements: Statement[],
  request: Request,
  concerns: (statement: Statement, request: Request) => boolean = isResource,
): Statement['Effect'] | undefined {
  let effect: Statement['Effect'] | undefined;
  for (const statement of statements) {
    const applies =
      statement.Effect !== effect &&
      isAction(statement, request) &&
      concerns(statement, request) &&
      conditionsHold(statement.Condition, request.values);
    if (applies) effect = statement.Effect;
    if (effect === 'Deny') break;
  }
  return effect;
}

function isAction({ Action, NotAction }: Statement, { action }: Request): boolean {
  const fits = (patterns: string | string[]) => list(patterns).some((each) => matches(each, action, 'is'));
  return NotAction === undefined ? fits(Action ?? []) : !fits(NotAction);
}

function isResource({ Resource, NotResource }: Statement, { resource, values }: Request): boolean {
  const fits = (patterns: string | string[]) =>
    list(patterns).some((each) => {
      const pattern = expand(each, values);
      return pattern !== undefined && matches(pattern, resource);
    });
  return NotResource === undefined ? fits(Resource ?? []) : !fits(NotResource);
}

/** A trust policy names no resource: it is the role's own. */
function isPrincipal(statement: Statement, request: Request): boolean {
  const { Principal, Resource, NotResource } = statement;
  if ((Resource ?? NotResource) !== undefined && !isResource(statement, request)) return false;
  if (Principal === '*') return true;
  const { AWS = [], Service = [] } = Principal ?? {};
  return [...list(AWS), ...list(Service)].some((each) => each === '*' || each === request.principal);
}
