import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { list, text } from '../../../core/members';
import { ServiceError } from '../../../core/service';
import type { Program } from '../language/schema';
import { validateDefinition } from '../language/validate';
import type { Engine } from '../run/engine';
import type { StateMachine } from '../run/state-machine';
import {
  type Declaration,
  definition,
  encryptionConfiguration,
  name,
  operation,
  paging,
  refuseQualified,
  stateMachineArn,
} from './operation';
import { page } from './page';

const roleArn = text(1, 256);
const type = z.enum(['STANDARD', 'EXPRESS']).optional();
const destination = z.object({
  cloudWatchLogsLogGroup: z.object({ logGroupArn: text(1, 256).optional() }).optional(),
});
/** What a state machine has beside its definition; kept and described, without effect. */
const observed = {
  loggingConfiguration: z
    .object({
      level: z.enum(['ALL', 'ERROR', 'FATAL', 'OFF']).default('OFF'),
      includeExecutionData: z.boolean().default(false),
      destinations: list(destination, 1).optional(),
    })
    .optional(),
  tracingConfiguration: z.object({ enabled: z.boolean().default(false) }).optional(),
};
const updated = {
  stateMachineArn,
  definition: definition.optional(),
  roleArn: roleArn.optional(),
  ...observed,
};
const maxResults = z.int().min(0).max(100).optional();

/** Whether a state machine has these members already. */
function isUnchanged(machine: StateMachine, members: Partial<StateMachine>): boolean {
  return isDeepStrictEqual({ ...machine, ...members }, machine);
}

export function stateMachineOperations(engine: Engine): Record<string, Declaration> {
  const { machines, executions } = engine;
  return {
    CreateStateMachine: operation(
      { name, definition, roleArn, type, ...observed },
      async ({ type = 'STANDARD', ...given }) => {
        if (type !== 'STANDARD') {
          const why = `State Machine Type is not supported: '${type}'`;
          throw new ServiceError('StateMachineTypeNotSupported', why);
        }
        const {
          loggingConfiguration = { level: 'OFF', includeExecutionData: false },
          tracingConfiguration = { enabled: false },
          ...rest
        } = given;
        const configured = { ...rest, loggingConfiguration, tracingConfiguration };
        const stateMachineArn = engine.arn('stateMachine', given.name);
        checkRole(given.roleArn);
        const program = await programOf(given.definition);
        const same = machines.get(stateMachineArn);
        // The same request again is answered as the first was; the role is not compared.
        if (same && !isUnchanged(same, { ...configured, roleArn: same.roleArn })) {
          const why = `State Machine Already Exists: '${stateMachineArn}'`;
          throw new ServiceError('StateMachineAlreadyExists', why);
        }
        const created = { ...configured, stateMachineArn, creationDate: new Date(), program };
        if (!same) machines.set(stateMachineArn, created);
        return { stateMachineArn, creationDate: (same ?? created).creationDate };
      },
      ({ name }) => engine.arn('stateMachine', name),
    ),
    UpdateStateMachine: operation(updated, async ({ stateMachineArn, ...members }) => {
      refuseQualified(stateMachineArn);
      find(stateMachineArn);
      const changes = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
      if (Object.keys(changes).length === 0) {
        const why =
          'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified';
        throw new ServiceError('MissingRequiredParameter', why);
      }
      const { definition, roleArn } = members;
      if (roleArn !== undefined) checkRole(roleArn);
      const program = definition === undefined ? undefined : await programOf(definition);
      // As it is now: it may have changed, or gone, while the definition was read.
      const current = find(stateMachineArn);
      // A new revision; executions under way keep theirs.
      const revisionId = isUnchanged(current, changes) ? current.revisionId : randomUUID();
      const revision = { ...current, ...changes, program: program ?? current.program, revisionId };
      machines.set(stateMachineArn, revision);
      return { updateDate: new Date(), revisionId };
    }),
    DescribeStateMachine: operation({ stateMachineArn }, ({ stateMachineArn }) => {
      const { program: _, ...described } = find(stateMachineArn);
      return { ...described, status: 'ACTIVE', type: 'STANDARD', encryptionConfiguration };
    }),
    DeleteStateMachine: operation({ stateMachineArn }, ({ stateMachineArn }) => {
      refuseQualified(stateMachineArn);
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
    // Recorded: an empty definition is diagnosed like any other, although the API reference wants a character.
    ValidateStateMachineDefinition: operation(
      { definition: text(0, 1_048_576), maxResults },
      async (given) => {
        const { diagnostics } = await validateDefinition(given.definition, engine.expressions);
        const shown = diagnostics.slice(0, given.maxResults || 100);
        const result = diagnostics.length > 0 ? 'FAIL' : 'OK';
        return { result, diagnostics: shown, truncated: shown.length < diagnostics.length };
      },
    ),
  };

  function find(stateMachineArn: string): StateMachine {
    const found = machines.get(stateMachineArn);
    if (found) return found;
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
  }

  function checkRole(roleArn: string): void {
    if (/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(roleArn)) return;
    throw new ServiceError('InvalidArn', `Invalid Role Arn: '${roleArn}'`);
  }

  async function programOf(definition: string): Promise<Program> {
    const { program, diagnostics } = await validateDefinition(definition, engine.expressions);
    if (program) return program;
    const findings = diagnostics.map(
      ({ code, message, location }) => `${code}: ${message}${location ? ` at ${location}` : ''}`,
    );
    throw new ServiceError('InvalidDefinition', `Invalid State Machine Definition: '${findings.join(', ')}'`);
  }
}
