/** The client of a deployment: starts executions, follows and stops them, reads their results. See docs/client.md. */
export type {
  ExecutionInput,
  ExecutionOutput,
  ObjectFailure,
  ObjectReference,
  ObjectResult,
  ProcessorDescription,
  ProcessorDescriptions,
} from '../runtime/contract';
export {
  BatchProcessor,
  type ConnectOptions,
  type ListedExecution,
  type StartOptions,
} from './batch-processor';
export type { ClientConfig, Clients, Deployment, DeploymentValues } from './deployment';
export {
  BatchProcessorError,
  DamagedResultsError,
  ExecutionExistsError,
  ExecutionNotFoundError,
  ExecutionRunningError,
  InvalidDeploymentError,
  InvalidInputError,
  NoResultsError,
} from './errors';
export type { Execution, ExecutionDescription, FollowOptions } from './execution';
export type { RunFigures } from './figures/run-figures';
export type { Snapshot } from './follow/snapshot';
export type { Preview } from './input/preview';
export type { LongRetryOptions, WaitReason } from './long-retry';
export type { FailureOrigin, ObjectOutcome } from './outcome';
export type { Results } from './results/results';
