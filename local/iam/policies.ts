/** Decides requests by the policies of the synthesized stack. */
import { type RunSimulationResults, runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Policies } from '../gateway';
import type { Authorization, Caller } from '../service';
import { ResourceClasses } from './resource-classes';
import type { Role } from './role';

export interface PoliciesOptions {
  account: string;
  region: string;
  /** By name. */
  roles: ReadonlyMap<string, Role>;
  /** Policy documents by ARN of the bucket. */
  bucketPolicies: ReadonlyMap<string, unknown>;
}

/** Distinct decisions that are remembered; a decision takes about half a millisecond. */
const MAX_REMEMBERED = 10_000;

export class StackPolicies implements Policies {
  private readonly remembered = new Map<string, Promise<string | undefined>>();
  /** Those of `remembered` that are decided. */
  private readonly decided = new Map<string, string | undefined>();
  private readonly classes: ResourceClasses;

  constructor(private readonly options: PoliciesOptions) {
    const documents = [...options.roles.values()].flatMap(({ policies }) =>
      policies.map(({ policy }) => policy),
    );
    this.classes = new ResourceClasses([...documents, ...options.bucketPolicies.values()]);
  }

  async refusal(
    caller: Caller,
    { action, resources, conditionKeys }: Authorization,
  ): Promise<string | undefined> {
    if (caller.roleName === undefined) return undefined;
    for (const resource of resources) {
      const denied = await this.decide(caller, caller.roleName, action, resource, conditionKeys);
      if (denied !== undefined) {
        return `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${denied}`;
      }
    }
    return undefined;
  }

  /**
   * Why the principal, a service (`lambda.amazonaws.com`) or an ARN, may not assume the role for `sourceArn`; undefined if
   * the role's trust policy lets it.
   */
  async assumeRoleRefusal(role: Role, principal: string, sourceArn: string): Promise<string | undefined> {
    const results = await this.simulate(principal, [], 'sts:AssumeRole', role.arn, role.trust, {
      'aws:SourceAccount': this.options.account,
      'aws:SourceArn': sourceArn,
    });
    if (results.resultType !== 'error' && results.overallResult === 'Allowed') return undefined;
    return `${principal} is not authorized to assume ${role.arn}: the role's trust policy does not allow it`;
  }

  /**
   * The same without waiting, for a decision that was asked for before on a resource of the same class; undefined for
   * one that was not.
   */
  knownRefusal(caller: Caller, action: string, resource: string): string | undefined {
    const denied = this.decided.get(this.key(caller.roleName ?? '', action, resource, {}));
    return (
      denied &&
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${denied}`
    );
  }

  private key(
    role: string,
    action: string,
    resource: string,
    conditionKeys: Authorization['conditionKeys'],
  ): string {
    return JSON.stringify([role, action, this.classes.of(resource), conditionKeys]);
  }

  private decide(
    caller: Caller,
    roleName: string,
    action: string,
    resource: string,
    conditionKeys: Authorization['conditionKeys'] = {},
  ): Promise<string | undefined> {
    const key = this.key(roleName, action, resource, conditionKeys);
    const known = this.remembered.get(key);
    if (known) return known;
    if (this.remembered.size >= MAX_REMEMBERED) {
      this.remembered.clear();
      this.decided.clear();
    }
    const decision = this.evaluate(caller, roleName, action, resource, conditionKeys);
    this.remembered.set(key, decision);
    void decision.then((denied) => this.decided.set(key, denied));
    return decision;
  }

  private async evaluate(
    caller: Caller,
    roleName: string,
    action: string,
    resource: string,
    conditionKeys: Record<string, string | string[]>,
  ): Promise<string | undefined> {
    const role = this.options.roles.get(roleName);
    const context = { ...conditionKeys, 'aws:PrincipalArn': role?.arn ?? caller.arn };
    const bucketPolicy = this.options.bucketPolicies.get(resource.split('/', 1)[0] ?? '');
    // A star or question mark in an object's key is itself here, where the simulator would take it for a pattern.
    const literal = resource === '*' ? resource : resource.replace(/[*?]/g, '_');
    let results = await this.simulate(
      caller.arn,
      role?.policies ?? [],
      action,
      literal,
      bucketPolicy,
      context,
    );
    if (results.resultType === 'error' && results.errors.message === 'must.use.wildcard') {
      results = await this.simulate(caller.arn, role?.policies ?? [], action, '*', bucketPolicy, context);
    }
    if (results.resultType === 'error')
      return `because its policies cannot be evaluated: ${describe(results)}`;
    if (results.overallResult === 'Allowed') return undefined;
    const analysis = results.resultType === 'single' ? results.result.analysis : undefined;
    if (analysis?.resourceAnalysis?.result === 'ExplicitlyDenied') {
      return 'with an explicit deny in a resource-based policy';
    }
    if (results.overallResult === 'ExplicitlyDenied')
      return 'with an explicit deny in an identity-based policy';
    return `because no identity-based policy allows the ${action} action`;
  }

  private simulate(
    principal: string,
    identityPolicies: Simulation['identityPolicies'],
    action: string,
    resource: string,
    resourcePolicy: unknown,
    context: Record<string, string | string[]>,
  ): Promise<RunSimulationResults> {
    const { account, region } = this.options;
    return runSimulation(
      {
        request: {
          principal,
          action,
          resource: { resource, accountId: account },
          contextVariables: {
            'aws:PrincipalAccount': account,
            'aws:RequestedRegion': region,
            // The loopback interface stands for TLS: nobody listens in on it.
            'aws:SecureTransport': 'true',
            ...context,
          },
        },
        identityPolicies,
        resourcePolicy,
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
  }
}

function describe(results: RunSimulationResults & { resultType: 'error' }): string {
  const { message, ...errors } = results.errors;
  return Object.keys(errors).length === 0 ? message : `${message} ${JSON.stringify(errors)}`;
}
