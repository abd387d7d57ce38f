/** Step Functions with the activities and state machines of a stack, made through the service's own operations. */
import { LocalCloudError } from '../../core/errors';
import type { Core, LocalService } from '../../core/local-service';
import { type Caller, ServiceError } from '../../core/service';
import type { Attributes, Stack } from '../../core/stack/stack';
import { validate } from '../../core/validation';
import type { Events } from '../events';
import { createStates, type States, type StatesOptions } from '.';

export type StackStatesOptions = Pick<
  StatesOptions,
  'historyLimit' | 'activityPollSeconds' | 'apiQuotas' | 'expressions'
>;

export function createStatesOfStack(core: Core, events: Events, options: StackStatesOptions): LocalService {
  const { stack, identities, policies, endpoint } = core;
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
    endpoint,
    ...options,
    publish: (event) => events.publish(event),
    credentialsFor: (roleArn) => {
      const { arn: sourceArn = '', name: session = 'states' } = machineOf(roleArn);
      return identities.credentialsFor(roleArn, { service: 'states.amazonaws.com', sourceArn, session });
    },
    allow: (roleArn, action, resource) => {
      const denial = policies.denial(callerOf(roleArn), { action, resources: [resource] });
      if (denial !== undefined) throw new ServiceError('AccessDeniedException', denial);
    },
  });
  const call = caller(states, core);
  return {
    ...states,
    fixed: ['aws_sfn_activity'],
    async start() {
      for (const { attributes } of stack.resources('aws_sfn_activity')) {
        await call('CreateActivity', { name: attributes.name });
      }
      for (const machine of machines) {
        const { name, definition, role_arn: roleArn, type = 'STANDARD' } = machine;
        const configured = { loggingConfiguration: logging(machine), tracingConfiguration: tracing(machine) };
        await call('CreateStateMachine', { name, definition, roleArn, type, ...configured });
      }
    },
    /** Executions under way keep their definition. */
    async update(next: Stack) {
      for (const { attributes } of next.resources('aws_sfn_state_machine')) {
        const { arn: stateMachineArn, definition, role_arn: roleArn } = attributes;
        await call('UpdateStateMachine', { stateMachineArn, definition, roleArn });
      }
    },
  };
}

/** Calls operations of the service as the user. If the service refuses a call, that is a LocalCloudError: the stack is wrong. */
function caller({ service }: States, { identities }: Pick<Core, 'identities'>) {
  const context = { caller: identities.user.caller, signal: new AbortController().signal };
  return async (name: string, input: object): Promise<void> => {
    const operation = service.operations[name];
    if (!operation) throw new Error(`Step Functions has no operation ${name}`);
    try {
      await operation.run(validate(service, operation, input), context);
    } catch (error) {
      throw error instanceof ServiceError ? new LocalCloudError(`${error.code}: ${error.message}`) : error;
    }
  };
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
