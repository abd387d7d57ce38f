/** The state machines, each with its definition as last accepted. */
import { randomUUID } from 'node:crypto';
import { ServiceError } from '../service';
import type { Program } from './definition';
import type { Machine } from './execution';
import { validateDefinition } from './validate';

export interface StateMachine {
  machine: Machine;
  program: Program;
  creationDate: Date;
  /** Stored as given; nothing is logged or traced by this service. */
  loggingConfiguration?: object;
  tracingConfiguration?: object;
}

export class StateMachines {
  readonly byArn = new Map<string, StateMachine>();

  find(stateMachineArn: string): StateMachine {
    const found = this.byArn.get(stateMachineArn);
    if (found) return found;
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
  }

  /** A new revision; executions under way keep theirs. Throws InvalidDefinition. */
  revise(
    identity: { stateMachineArn: string; name: string; roleArn: string },
    definition: string,
  ): Pick<StateMachine, 'machine' | 'program'> {
    const { program, diagnostics } = validateDefinition(definition);
    if (!program) {
      const findings = diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location}`);
      throw new ServiceError(
        'InvalidDefinition',
        `Invalid State Machine Definition: '${findings.join(', ')}'`,
      );
    }
    const { stateMachineArn, name, roleArn } = identity;
    const revision = { definition, revisionId: randomUUID(), updateDate: new Date() };
    return { machine: { stateMachineArn, name, roleArn, ...revision }, program };
  }
}
