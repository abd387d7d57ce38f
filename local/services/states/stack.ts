/** Step Functions with the stack's activities and state machines, made through the service's own operations. */
import { LocalCloudError } from '../../core/errors';
import type { StackIdentities } from '../../core/iam/identities';
import type { StackPolicies } from '../../core/iam/policies';
import { type Caller, type Operation, ServiceError } from '../../core/service';
import type { Attributes, Stack } from '../../core/stack/stack';
import { validate } from '../../core/validation';
import { createStates, type States, type StatesOptions } from '.';

export interface StackStatesOptions
  extends Pick<StatesOptions, 'endpoint' | 'publish' | 'historyLimit' | 'activityPollSeconds'> {
  stack: Stack;
  identities: StackIdentities;
  policies: StackPolicies;
}

/** Rejects with a LocalCloudError for a definition that CreateStateMachine refuses. */
export async function bootStates({
  stack,
  identities,
  policies,
  ...options
}: StackStatesOptions): Promise<States> {
  const { account, region, partition } = stack.accountAndRegion;
  const machines = stack.resources('aws_sfn_state_machine').map(({ attributes }) => attributes);
  const machineOf = (roleArn: string): Attributes =>
    machines.find(({ role_arn }) => role_arn === roleArn) ?? {};
  const callerOf = (roleArn: string): Caller => {
    const roleName = roleArn.split('/').at(-1) ?? '';
    const session = `${roleName}/${machineOf(roleArn).name ?? 'states'}`;
    return { accessKeyId: '', arn: `arn:${partition}:sts::${account}:assumed-role/${session}`, roleName };
  };
  const states = createStates({
    account,
    region,
    partition,
    ...options,
    credentialsFor: (roleArn) => {
      const { arn: sourceArn = '', name: session = 'states' } = machineOf(roleArn);
      return identities.credentialsFor(roleArn, { service: 'states.amazonaws.com', sourceArn, session });
    },
    allow: (roleArn, action, resource) => {
      const denial = policies.denial(callerOf(roleArn), { action, resources: [resource] });
      if (denial !== undefined) throw new ServiceError('AccessDeniedException', denial);
    },
  });

  await create(states, machines, { stack, identities }).catch(async (error) => {
    await states.close();
    refuse(error);
  });
  return states;
}

/** The definitions of another synthesis of the stack; executions under way keep theirs. Rejects with a LocalCloudError. */
export async function updateStates(states: States, stack: Stack, identities: StackIdentities): Promise<void> {
  const call = caller(states, identities);
  for (const { attributes } of stack.resources('aws_sfn_state_machine')) {
    const { arn: stateMachineArn, definition, role_arn: roleArn } = attributes;
    await call('UpdateStateMachine', { stateMachineArn, definition, roleArn }).catch(refuse);
  }
}

async function create(
  states: States,
  machines: Attributes[],
  { stack, identities }: Pick<StackStatesOptions, 'stack' | 'identities'>,
): Promise<void> {
  const call = caller(states, identities);
  for (const { attributes } of stack.resources('aws_sfn_activity')) {
    await call('CreateActivity', { name: attributes.name });
  }
  for (const machine of machines) {
    const { name, definition, role_arn: roleArn, type = 'STANDARD' } = machine;
    const configured = { loggingConfiguration: logging(machine), tracingConfiguration: tracing(machine) };
    await call('CreateStateMachine', { name, definition, roleArn, type, ...configured });
  }
}

/** Calls operations of the service as the user. */
function caller(states: States, identities: StackIdentities) {
  const context = { caller: identities.user.caller, signal: new AbortController().signal };
  return async (name: string, input: object): Promise<void> => {
    const operation = states.service.operations[name] as Operation;
    await operation.run(validate(states.service, operation, input), context);
  };
}

function refuse(error: unknown): never {
  throw error instanceof ServiceError ? new LocalCloudError(`${error.code}: ${error.message}`) : error;
}

/** As the API has it. */
function logging({ logging_configuration: block }: Attributes): object | undefined {
  const [given] = [block].flat();
  return (
    given && {
      level: given.level,
      includeExecutionData: given.include_execution_data,
      destinations: given.log_destination && [
        { cloudWatchLogsLogGroup: { logGroupArn: given.log_destination } },
      ],
    }
  );
}

function tracing({ tracing_configuration: block }: Attributes): object | undefined {
  const [given] = [block].flat();
  return given && { enabled: given.enabled };
}
