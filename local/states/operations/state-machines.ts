import type * as Sfn from '@aws-sdk/client-sfn';
import { ServiceError } from '../../service';
import { arn, checkName } from '../arns';
import type { Engine } from '../engine';
import { validationError } from '../errors';
import type { StateMachine, StateMachines } from '../state-machines';
import { validateDefinition } from '../validate';
import { type Operations, onResource, page, requireMembers } from './operation';

/** Source: Developer Guide, "Service quotas", Quotas related to accounts. */
const MAX_DEFINITION_BYTES = 1_048_576;

export function stateMachineOperations({ site, executions }: Engine, machines: StateMachines): Operations {
  return {
    CreateStateMachine: {
      authorize: ({ name }) => ({
        action: 'states:CreateStateMachine',
        resources: [arn(site, 'stateMachine', `${name}`)],
      }),
      run: (input: Sfn.CreateStateMachineInput): Sfn.CreateStateMachineOutput => {
        requireMembers(input, 'name', 'definition', 'roleArn');
        const { name = '', definition = '', roleArn = '', type = 'STANDARD' } = input;
        checkName(name);
        checkRole(roleArn);
        checkSize(definition);
        if (type !== 'STANDARD') {
          throw new ServiceError(
            'StateMachineTypeNotSupported',
            `State Machine Type is not supported: '${type}'`,
          );
        }
        const stateMachineArn = arn(site, 'stateMachine', name);
        const same = machines.byArn.get(stateMachineArn);
        if (same && (same.machine.definition !== definition || same.machine.roleArn !== roleArn)) {
          throw new ServiceError(
            'StateMachineAlreadyExists',
            `State Machine Already Exists: '${stateMachineArn}'`,
          );
        }
        const created = same ?? {
          ...machines.revise({ stateMachineArn, name, roleArn }, definition),
          creationDate: new Date(),
          loggingConfiguration: input.loggingConfiguration,
          tracingConfiguration: input.tracingConfiguration,
        };
        machines.byArn.set(stateMachineArn, created);
        return { stateMachineArn, creationDate: created.creationDate };
      },
    },
    UpdateStateMachine: onResource<Sfn.UpdateStateMachineInput, Sfn.UpdateStateMachineOutput>(
      'UpdateStateMachine',
      ['stateMachineArn', 'stateMachine'],
      ({ stateMachineArn, definition, roleArn, loggingConfiguration, tracingConfiguration }) => {
        const current = machines.find(String(stateMachineArn));
        if (definition === undefined && roleArn === undefined) {
          throw new ServiceError(
            'MissingRequiredParameter',
            'Either the definition, the role ARN, the logging configuration or the tracing configuration must be specified',
          );
        }
        if (roleArn !== undefined) checkRole(roleArn);
        if (definition !== undefined) checkSize(definition);
        const identity = { ...current.machine, roleArn: roleArn ?? current.machine.roleArn };
        const updated: StateMachine = {
          ...current,
          ...machines.revise(identity, definition ?? current.machine.definition),
          loggingConfiguration: loggingConfiguration ?? current.loggingConfiguration,
          tracingConfiguration: tracingConfiguration ?? current.tracingConfiguration,
        };
        machines.byArn.set(String(stateMachineArn), updated);
        const { updateDate, revisionId } = updated.machine;
        return { updateDate, revisionId };
      },
    ),
    DescribeStateMachine: onResource<Sfn.DescribeStateMachineInput, object>(
      'DescribeStateMachine',
      ['stateMachineArn', 'stateMachine'],
      ({ stateMachineArn }) => {
        const { machine, creationDate, loggingConfiguration, tracingConfiguration } = machines.find(
          `${stateMachineArn}`,
        );
        const { updateDate: _, ...described } = machine;
        return {
          ...described,
          status: 'ACTIVE',
          type: 'STANDARD',
          creationDate,
          loggingConfiguration,
          tracingConfiguration,
        };
      },
    ),
    DescribeStateMachineForExecution: onResource<Sfn.DescribeStateMachineForExecutionInput, object>(
      'DescribeStateMachineForExecution',
      ['executionArn', 'execution'],
      ({ executionArn }) => {
        const { machine, stateMachineArn, mapRun } = executions.find(String(executionArn));
        return {
          ...machine,
          stateMachineArn,
          updateDate: machine.updateDate,
          ...(mapRun ? { mapRunArn: mapRun.mapRunArn, label: mapRun.label } : {}),
        };
      },
    ),
    DeleteStateMachine: onResource<Sfn.DeleteStateMachineInput, object>(
      'DeleteStateMachine',
      ['stateMachineArn', 'stateMachine'],
      ({ stateMachineArn }) => {
        machines.byArn.delete(String(stateMachineArn));
        for (const execution of [...executions.started.values()]) {
          if (execution.stateMachineArn === stateMachineArn) execution.end('ABORTED', {});
        }
        return {};
      },
    ),
    ListStateMachines: {
      run: (input: Sfn.ListStateMachinesInput): Sfn.ListStateMachinesOutput => {
        const { items, nextToken } = page(machines.byArn.values(), input);
        return {
          stateMachines: items.map(({ machine: { stateMachineArn, name }, creationDate }) => ({
            stateMachineArn,
            name,
            type: 'STANDARD',
            creationDate,
          })),
          nextToken,
        };
      },
    },
    ValidateStateMachineDefinition: {
      run: (input: Sfn.ValidateStateMachineDefinitionInput): Sfn.ValidateStateMachineDefinitionOutput => {
        requireMembers(input, 'definition');
        const { diagnostics } = validateDefinition(String(input.definition));
        const shown = diagnostics.slice(0, input.maxResults || 100);
        return {
          result: diagnostics.length > 0 ? 'FAIL' : 'OK',
          diagnostics: shown,
          truncated: shown.length < diagnostics.length,
        };
      },
    },
  };
}

function checkRole(roleArn: string): void {
  if (/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(roleArn)) return;
  throw new ServiceError('InvalidArn', `Invalid Role Arn: '${roleArn}'`);
}

function checkSize(definition: string): void {
  if (Buffer.byteLength(definition) <= MAX_DEFINITION_BYTES) return;
  throw validationError(
    'definition',
    definition,
    `Member must have length less than or equal to ${MAX_DEFINITION_BYTES}`,
  );
}
