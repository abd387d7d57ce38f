import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { text } from '../../members';
import { ServiceError } from '../../service';
import type { Engine } from '../engine';
import type { StateMachine } from '../execution';
import type { Program } from '../language';
import { validateDefinition } from '../validate';
import { type Declaration, definition, name, operation, page, paging, stateMachineArn } from './operation';

const roleArn = text(1, 256);
const type = z.enum(['STANDARD', 'EXPRESS']).optional();
const updated = { stateMachineArn, definition: definition.optional(), roleArn: roleArn.optional() };
const maxResults = z.int().min(0).max(100).optional();

export function stateMachineOperations(engine: Engine): Record<string, Declaration> {
  const { machines, executions } = engine;
  return {
    CreateStateMachine: operation(
      { name, definition, roleArn, type },
      async ({ name, definition, roleArn, type = 'STANDARD' }) => {
        if (type !== 'STANDARD') {
          const why = `State Machine Type is not supported: '${type}'`;
          throw new ServiceError('StateMachineTypeNotSupported', why);
        }
        const stateMachineArn = engine.arn('stateMachine', name);
        checkRole(roleArn);
        const program = await programOf(definition);
        const same = machines.get(stateMachineArn);
        // The same request again is answered as the first was; the role is not compared.
        if (same && same.definition !== definition) {
          const why = `State Machine Already Exists: '${stateMachineArn}'`;
          throw new ServiceError('StateMachineAlreadyExists', why);
        }
        const created = { stateMachineArn, name, creationDate: new Date(), definition, roleArn, program };
        const { creationDate } = same ?? store(created);
        return { stateMachineArn, creationDate };
      },
      ({ name }) => engine.arn('stateMachine', name),
    ),
    UpdateStateMachine: operation(updated, async ({ stateMachineArn, definition, roleArn }) => {
      find(stateMachineArn);
      if (definition === undefined && roleArn === undefined) {
        throw new ServiceError(
          'MissingRequiredParameter',
          'Either the definition or the role ARN must be specified',
        );
      }
      if (roleArn !== undefined) checkRole(roleArn);
      const changes = definition === undefined ? {} : { definition, program: await programOf(definition) };
      // As it is now: it may have changed, or gone, while the definition was read.
      const current = find(stateMachineArn);
      const { revisionId } = store({ ...current, ...changes, roleArn: roleArn ?? current.roleArn });
      return { updateDate: new Date(), revisionId };
    }),
    DescribeStateMachine: operation({ stateMachineArn }, ({ stateMachineArn }) => {
      const { program: _, ...described } = find(stateMachineArn);
      return { ...described, status: 'ACTIVE', type: 'STANDARD' };
    }),
    DeleteStateMachine: operation({ stateMachineArn }, ({ stateMachineArn }) => {
      machines.delete(stateMachineArn);
      for (const execution of [...executions.started.values()]) {
        if (execution.stateMachineArn === stateMachineArn) execution.end('ABORTED', {});
      }
    }),
    ListStateMachines: operation(paging, (input) => {
      const { items, nextToken } = page(machines.values(), input);
      const stateMachines = items.map(({ stateMachineArn, name, creationDate }) => {
        return { stateMachineArn, name, creationDate, type: 'STANDARD' };
      });
      return { stateMachines, nextToken };
    }),
    ValidateStateMachineDefinition: operation({ definition, maxResults }, async (given) => {
      const { diagnostics } = await validateDefinition(given.definition, engine.expressions);
      const shown = diagnostics.slice(0, given.maxResults || 100);
      const result = diagnostics.length > 0 ? 'FAIL' : 'OK';
      return { result, diagnostics: shown, truncated: shown.length < diagnostics.length };
    }),
  };

  function find(stateMachineArn: string): StateMachine {
    const found = machines.get(stateMachineArn);
    if (found) return found;
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
  }

  /** A new revision; executions under way keep theirs. */
  function store(machine: Omit<StateMachine, 'revisionId'>): StateMachine {
    const revision = { ...machine, revisionId: randomUUID() };
    machines.set(machine.stateMachineArn, revision);
    return revision;
  }

  function checkRole(roleArn: string): void {
    if (/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(roleArn)) return;
    throw new ServiceError('InvalidArn', `Invalid Role Arn: '${roleArn}'`);
  }

  async function programOf(definition: string): Promise<Program> {
    const { program, diagnostics } = await validateDefinition(definition, engine.expressions);
    if (program) return program;
    const findings = diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location}`);
    throw new ServiceError('InvalidDefinition', `Invalid State Machine Definition: '${findings.join(', ')}'`);
  }
}
