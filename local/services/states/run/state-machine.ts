import type { Program } from '../language/schema';

/** A state machine as last created or updated; executions under way keep the one that they started with. */
export interface StateMachine {
  stateMachineArn: string;
  name: string;
  roleArn: string;
  /** Text of the definition. */
  definition: string;
  program: Program;
  /** None until it is updated for the first time. */
  revisionId?: string;
  creationDate: Date;
  loggingConfiguration: object;
  tracingConfiguration: object;
}
