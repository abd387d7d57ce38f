/**
 * The names of everything that can go wrong, as they appear in `Retry` and `Catch` of the state machine, in results
 * and in logs. test/asl holds the state machine to this list.
 */

/** A task that fails with one of these fails again however often it is tried: not retried. */
export const PERMANENT_ERRORS = [
  /** The object was listed but is gone. */
  'ObjectNotFound',
  /** The worker role may not read the object or write its output, or the bucket's policy denies it. */
  'ObjectAccessDenied',
  /** The output's key, the output prefix + the object's key, would be longer than the 1,024 bytes that S3 allows. */
  'OutputKeyTooLong',
  /** This worker does not understand the task. */
  'InvalidTask',
  /** The processor threw a `PermanentError`: this object cannot be processed. */
  'PermanentError',
  /** The processor's module cannot be loaded. */
  'ProcessorNotLoaded',
  /** The parameters are not what the processor's schema allows. */
  'InvalidParameters',
  /** The object is archived (GLACIER, DEEP_ARCHIVE): restore it first. */
  'ObjectArchived',
  /** The key of an output holds an object that another processor, another source or a person wrote. */
  'ForeignOutput',
  /** Too many workers died with the object's task in hand: it is not processed any more. */
  'WorkerDied',
] as const;

/** Retried with exponential backoff and jitter, TRANSIENT_RETRIES times. */
export const TRANSIENT_ERRORS = [
  /** The processor threw. */
  'ProcessorError',
  /** The processor did not settle before its deadline; its process was ended. */
  'ProcessorTimeout',
  /** The processor ended its process (a signal, an exit), or took more memory than a slot may. */
  'ProcessorCrashed',
] as const;
export const TRANSIENT_RETRIES = 3;

/** S3 could not be read or written, after the SDK's own retries: retried with longer and longer waits, STORAGE_RETRIES times. */
export const STORAGE_ERROR = 'StorageError';
export const STORAGE_RETRIES = 10;

/** The worker was told to stop (Spot notice, scale-in, deployment): handed back, retried at once, without limit. */
export const INTERRUPTED_ERROR = 'WorkerInterrupted';

/** Errors of the provisioner: the execution fails with them. */
export const PROVISIONING_ERRORS = [
  /** No worker came up within the provision timeout; the cause is the group's or the cluster's own reason. */
  'ProvisionTimeout',
  /**
   * Workers stop as soon as they start (image missing, bad command, out of memory); the cause is ECS's own reason. An
   * execution that is past its provisioning is stopped with it.
   */
  'WorkersCannotStart',
  /** The deployment has no such processor, it does not load, or it does not take the parameters. Nothing was started. */
  'InvalidProcessor',
] as const;

/** Errors of the selector: the execution fails with them. Another try gives the same. */
export const SELECTION_ERRORS = [
  /** `select` is invalid, or its source does not exist or may not be read. */
  'InvalidSelection',
  /** The manifest is invalid: the cause names the line. */
  'InvalidManifest',
] as const;

export type TaskErrorName =
  | (typeof PERMANENT_ERRORS)[number]
  | (typeof TRANSIENT_ERRORS)[number]
  | typeof STORAGE_ERROR
  | typeof INTERRUPTED_ERROR;
