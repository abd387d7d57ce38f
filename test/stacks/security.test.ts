import { expect } from 'chai';
import { type Applied, type Arguments, apply, EVERYTHING, workerContainer } from './synthesize';

interface Statement {
  Sid: string;
  Effect: string;
  Action: string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string>>;
}

/** Statements on every resource, and the reason why nothing narrower is possible. */
const ON_EVERY_RESOURCE: Record<string, string> = {
  'provisioner ReadGroup': 'autoscaling:Describe… takes no resource',
  'provisioner ListTasks':
    'ecs:ListTasks takes a container instance, which a listing of a service does not name; held to the cluster',
  'provisioner Trace': 'xray: takes no resource',
  'selector Trace': 'xray: takes no resource',
  'workflow Trace': 'xray: takes no resource',
  'workflow DeliverLogs': 'log delivery, resource policies and DescribeLogGroups take no resource',
  'worker ReportTasks': 'states:SendTask… takes no resource: the token is the permission',
  'task_execution LogInToRegistry': 'ecr:GetAuthorizationToken takes no resource',
  'instance FindEndpoint': 'ecs:DiscoverPollEndpoint takes no resource',
};

describe('security of the stack', () => {
  let stack: Applied;
  let traced: Applied;

  before(() => {
    stack = apply();
    traced = apply({ BATCH_TRACING: 'true' });
  });

  const statementsOf = (from: Applied): [string, Statement][] =>
    Object.entries(from.resource.aws_iam_role_policy ?? {}).flatMap(([role, { policy }]) =>
      JSON.parse(policy).Statement.map((statement: Statement) => [role, statement]),
    );
  const statement = (role: string, sid: string): Statement | undefined =>
    statementsOf(stack).find(([name, { Sid }]) => name === role && Sid === sid)?.[1];

  it('has policies of the version with variables, each statement with a name that is unique in its policy', () => {
    const everything = apply(EVERYTHING);
    const of = (type: string) => Object.entries<Arguments>(everything.resource[type] ?? {});
    const policies = of('aws_iam_role_policy').map(
      ([name, { policy }]) => [name, JSON.parse(policy)] as const,
    );
    const trusts = of('aws_iam_role').map(
      ([name, { assume_role_policy }]) => [name, JSON.parse(assume_role_policy)] as const,
    );
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    for (const [name, { Version }] of [...policies, ...trusts]) expect(Version, name).to.equal('2012-10-17');
    for (const [name, { Statement }] of policies) {
      const ids = Statement.map(({ Sid }: Statement) => Sid);
      for (const id of ids) expect(id, name).to.match(/^[A-Za-z0-9]+$/);
      expect(new Set(ids).size, name).to.equal(ids.length);
    }
  });

  it('describes the purpose of each role, function, rule and schedule', () => {
    const { resource } = apply(EVERYTHING);
    for (const type of [
      'aws_iam_role',
      'aws_lambda_function',
      'aws_cloudwatch_event_rule',
      'aws_scheduler_schedule',
    ])
      for (const [name, { description }] of Object.entries<Arguments>(resource[type] ?? {}))
        expect(description, `${type}.${name}`).to.match(/^[A-Z].{10,}/);
  });

  it('allows no action by wildcard', () => {
    for (const [role, { Sid, Effect, Action }] of statementsOf(traced)) {
      expect(Effect).to.equal('Allow');
      for (const action of Action) expect(action, `${role} ${Sid}`).to.match(/^[a-z0-9]+:[A-Za-z]+$/);
    }
  });

  it('allows every resource only if AWS takes no resource', () => {
    const found = statementsOf(traced).filter(([, { Resource }]) => [Resource].flat().includes('*'));
    expect(found.map(([role, { Sid }]) => `${role} ${Sid}`)).to.have.members(Object.keys(ON_EVERY_RESOURCE));
    expect(statement('provisioner', 'ListTasks')?.Condition?.ArnEquals).to.have.property('ecs:cluster');
  });

  it('names resources of this stack in all other statements', () => {
    for (const [role, { Sid, Resource }] of statementsOf(traced)) {
      for (const resource of [Resource].flat().filter((item) => item !== '*')) {
        const own = resource.replace('${data.aws_partition.current.partition}', '');
        expect(own, `${role} ${Sid}`).to.match(/batch-processor|\$\{aws_[a-z0-9_]+\.[a-z_]+\.(arn|id)\}/);
      }
    }
  });

  it('holds no secret', () => {
    const functions = Object.values(stack.resource.aws_lambda_function ?? {});
    const names = [
      ...functions.flatMap(({ environment }) => Object.keys(environment.variables)),
      ...workerContainer(stack).environment.map(({ name }: Arguments) => name),
    ];
    // The resource has names, and no values.
    const others = names.filter((name) => name !== 'SECRET_VARIABLES');
    for (const name of others) expect(name).not.to.match(/SECRET|PASSWORD|TOKEN|CREDENTIAL|ACCESS_KEY/);
    expect(stack.text).not.to.match(/AKIA[0-9A-Z]{16}|-----BEGIN/);
  });
});
