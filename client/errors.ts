/** The errors that the client throws. Errors of the AWS SDK (credentials, permissions, network) reach the caller unchanged. */

/** Base of all of them. The message is one line that names the value and the remedy. */
export class BatchProcessorError extends Error {
  override name = 'BatchProcessorError';
}

/** A value of a deployment is missing or wrong. Thrown by `connect` and `fromOutputs`. */
export class InvalidDeploymentError extends BatchProcessorError {
  override name = 'InvalidDeploymentError';
}

/** The workflow refuses this input, or finds no objects for it. Nothing was started. */
export class InvalidInputError extends BatchProcessorError {
  override name = 'InvalidInputError';
}

/** An execution of this name exists: Step Functions keeps names for 90 days. Nothing was started. */
export class ExecutionExistsError extends BatchProcessorError {
  override name = 'ExecutionExistsError';
}

/** Step Functions does not know the execution, and the bucket has no results of it. */
export class ExecutionNotFoundError extends BatchProcessorError {
  override name = 'ExecutionNotFoundError';
}

/** The execution still runs: its results are written at its end. */
export class ExecutionRunningError extends BatchProcessorError {
  override name = 'ExecutionRunningError';
}

/** The execution ended before its map, or before Step Functions wrote results. */
export class NoResultsError extends BatchProcessorError {
  override name = 'NoResultsError';
}

/** A file of results is not as Step Functions wrote it. */
export class DamagedResultsError extends BatchProcessorError {
  override name = 'DamagedResultsError';
}
