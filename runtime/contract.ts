/**
 * The shapes that cross a boundary: the input of the workflow, its messages to workers and to the provisioner, and the
 * answers. Field names are snake_case because they travel in JSON documents.
 *
 * An execution keeps the definition that it began with, while a deployment replaces functions and workers. So a new version never removes a
 * field from a message, and every reader accepts messages that lack newer fields. test/asl/versions.test.ts tests that.
 *
 * Glossary, for this file and for every other:
 *
 * - **execution**, or **run**: one run of the state machine. It asks for workers, processes objects, and ends with one output.
 * - **object**: one object in S3. A processor reads it once and writes its outputs: often one, sometimes several or none.
 * - **processor**: a folder of processors/: the user's code.
 * - **task**: 1 to `batch_size` objects that a worker takes from the activity together. A task that fails is retried; each try is an
 *   attempt.
 * - **worker**: one process that polls the activity: an ECS task, the only one on its EC2 instance.
 * - **slot**: the part of a worker that processes one object at a time. A worker has `slotsPerWorker` of them. A slot has one task, and
 *   the next one as soon as the first is almost done.
 * - **selection**: the objects of an execution that `select` or a manifest chooses; the selector writes their keys into a list.
 * - **fleet**: all workers and their instances: one Auto Scaling group, which all running executions share.
 * - **guard**: the EventBridge rules and the schedule that call the provisioner outside the workflow.
 * - **in hand**: a worker has a task in hand from the poll that brings it until Step Functions has accepted the report about it. A slot
 *   has an object in hand from the request until its end; a processor has one in hand during the object's turn.
 */
import type { Criterion } from './selector/criteria/criteria';
import type { SelectInput } from './selector/criteria/select';
import type { ManifestFormat } from './selector/manifest/format';

/** One object to process: an entry of `objects`, a line of a manifest, an object of a task. */
export interface ObjectReference {
  Key: string;
}

/** A manifest: JSON Lines, CSV, a key or URL (`s3://bucket/key`) a line, or the manifest.json of S3 Inventory; each also gzipped. */
export interface ManifestReference extends ObjectReference {
  /** Default: detected from content and name. */
  format?: ManifestFormat;
  /** CSV column with the keys: its header, or its position from 1. Default: a header that says key. */
  column?: string | number;
}

/** Input of one execution of the state machine. Exactly one of `objects`, `prefix` and `manifest` is given. */
export interface ExecutionInput {
  /** Workers (EC2 instances) that this execution needs: 1 to the stack's `maxWorkers`. */
  worker_count: number;
  /**
   * The objects themselves; the whole input is at most 256 KiB, so use `prefix` or `manifest` for long lists. A key that
   * appears twice counts once.
   */
  objects?: ObjectReference[];
  /** Every object whose key starts with this. */
  prefix?: string;
  /** An object in the deployment's bucket that lists the objects. A key that appears twice counts once. */
  manifest?: ManifestReference;
  /** Where the objects are: the deployment's own bucket, which is the default, or one of its `readBuckets`. */
  bucket?: string;
  /** Which of these objects are processed; see runtime/selector/criteria/select.ts. Default: all. */
  select?: SelectInput;
  /**
   * Percentage of objects that may fail, an integer, 0 to 100. Default 10. With 0, the first object that fails after its retries ends the
   * execution. If one object of a task fails, Step Functions counts all objects of the task as failed.
   */
  tolerated_failure_percentage?: number;
  /** Objects per task, 1 to 1000. Default 1. */
  batch_size?: number;
  /** Process objects again even if their outputs are up to date, and overwrite outputs that others wrote. Default false. */
  force?: boolean;
  /** Name of the processor: a folder of processors/. Default: the deployment's own. */
  processor?: string;
  /** The processor's parameters, by name: at most 4 KiB as JSON. Default: none, so that each has its own default. */
  parameters?: Parameters;
  /**
   * Where outputs go: below `processed/`, ends with `/`. Default: `processed/` for the deployment's own processor,
   * `processed/<processor>/` for another one. Outputs of another bucket's objects go to `<output_prefix><bucket>/`.
   */
  output_prefix?: string;
}

/** Values of a processor's parameters, by name: JSON. */
export type Parameters = Record<string, unknown>;

/** What the build finds out about each processor, by name: processors.json, beside the provisioner's code. */
export type ProcessorDescriptions = Record<string, ProcessorDescription>;

export type ProcessorDescription =
  | {
      version: string;
      /** One line. */
      description?: string;
      /** Suffixes. */
      outputs: readonly string[] | 'dynamic';
      /** JSON Schema of the parameters that an execution may give. */
      parameters: object;
    }
  /** It does not build or does not load: why, with file and line. */
  | { error: string };

/** The input of one activity task, parsed from the answer of `GetActivityTask`. */
export interface Task {
  /** Of the objects. */
  bucket: string;
  output_bucket: string;
  /** 1 to `batch_size` objects; fewer than `batch_size` if their results would exceed 256 KiB. */
  objects: ObjectReference[];
  /** Name of the execution that the task belongs to. */
  execution: string;
  /** 1 for the first attempt. */
  attempt: number;
  /** Where outputs go: this + the whole input key. Ends with `/`. */
  output_prefix: string;
  force: boolean;
  /** Name of the processor. */
  processor: string;
  parameters: Parameters;
  /** How many workers died with this task in hand. After more than MAX_DEATHS, the worker only reports which of its objects are done. */
  deaths: number;
}

/** The result of one object. A task's result is a list of these, one per object of the task, in its order. */
export interface ObjectResult {
  object_key: string;
  /** Key of the output; of the first one if there are several, of the index if they are dynamic, empty if there is none. */
  processed_key: string;
  /** All outputs, if there is more to say than `processed_key` and `bytes_out` do. */
  outputs?: OutputResult[];
  /** A short preview of the output (at most 256 characters), never the object; empty if there is none to show. */
  content: string;
  /** Seconds from start to end, without those in which it waited for other objects of its slot. */
  processing_time: number;
  /**
   * The part of these seconds in which the processor had it, and no other object of the slot. In the rest it was read from S3 or
   * written there, or the slot looked for its outputs. Skipped objects have none, nor have results of earlier versions. Left out if a
   * task's output gets too large.
   */
  processor_time?: number;
  /** ISO 8601, UTC. */
  started_at: string;
  /** ISO 8601, UTC. */
  processed_at: string;
  worker_id: string;
  /** The worker's slot that had it in hand, from 1. Results of earlier versions have none. */
  slot?: number;
  attempt: number;
  /** MiB that the slot's processes held at most, from its start to the object's end. Unknown outside Linux and in short lives. */
  peak_memory_mib?: number;
  bytes_in: number;
  bytes_out: number;
  /**
   * `skipped`: all outputs are there, made from the same source ETag by the same processor version, parameters and environment,
   * for example in an earlier attempt at the same task; or the key is a folder marker.
   */
  status: 'success' | 'skipped';
  /** Outputs were there, and are not up to date any more: what has changed first; `outputs` if only some were there. */
  made_again?: 'source' | 'version' | 'parameters' | 'environment' | 'outputs';
}

export interface OutputResult {
  key: string;
  bytes: number;
  /** The processor's own words on it. Left out, with the previews, if a task's output gets too large. */
  record?: unknown;
}

/** The failure of one object. */
export interface ObjectFailure {
  object_key: string;
  /** One of runtime/errors.ts. */
  error: string;
  /** With the messages of its causes. */
  message: string;
  /** If the processor threw the error: where, with the user's own files and lines. */
  stack?: string;
}

/** The cause of a failed task, as JSON: `SendTaskFailure` takes at most 32,768 characters, so `failed` may be cut short. */
export interface TaskFailureCause {
  /** For people: the first failure. */
  message: string;
  worker_id: string;
  /** From 1; none if the task had no slot yet. Causes of earlier versions have none of these three. */
  slot?: number;
  attempt?: number;
  /** Start of the attempt, ISO 8601, UTC; none if the task had no slot yet. */
  started_at?: string;
  /** All failed objects: their positions, from 0, among the objects of the task. */
  failed_items: number[];
  /** Errors of the failed objects: the first of `failed_items`, as many as fit. */
  failed: ObjectFailure[];
  succeeded_count: number;
  skipped_count: number;
}

/**
 * Event of the provisioner Lambda. `redrive_count` says in which run of the execution (0 for the first) it was sent: after
 * a redrive an execution that has ended runs again, under the same ARN.
 */
export type ProvisionerEvent =
  /** The execution needs `worker_count` workers; called again and again until the answer is `ready`. */
  | {
      action: 'provision';
      execution_arn: string;
      redrive_count: number;
      worker_count: number;
      /** Both are checked before the fleet is scaled. */
      processor: string;
      parameters: Parameters;
      started_at: string;
    }
  /** The execution was redriven and needs its workers again: it may go on in its map, without another `provision`. */
  | { action: 'resume'; execution_arn: string; redrive_count: number }
  /**
   * The execution needs none any more, whatever a (possibly stale) list of running executions says. The workflow gives
   * its `worker_count`: the group then shrinks by no more than that. The guard, whose event comes later, gives none.
   */
  | { action: 'deprovision'; execution_arn: string; redrive_count: number; worker_count?: number }
  /**
   * The schedule: make the fleet what the running executions need, stop those whose workers cannot start any more, and look for instances
   * that are billed for nothing.
   */
  | { action: 'reconcile' };

/** The answer of the provisioner Lambda: the fleet after this reconcile; for `deprovision` the fleet at the end of the work. */
export interface FleetStatus {
  /** Workers that all running executions ask for together. */
  needed: number;
  /** The Auto Scaling group's desired capacity: what is needed, as far as the group's maximum allows it. */
  desired: number;
  /** Instances of the group in service. */
  in_service: number;
  /** Worker tasks (ECS) in state RUNNING. */
  running: number;
  /** Why there are fewer instances than needed, in the service's own words. Empty if there are enough, or no reason is known. */
  reason: string;
  /** In answers to `provision`: the map can start, since a worker runs and every running execution is counted in `needed`. */
  ready?: boolean;
  /** In answers to `provision`: seconds after which the execution calls again, if it is not ready. */
  next_call_seconds?: number;
  /** In answers to `reconcile`: instances in service that no execution needs, or that run no worker. */
  idle?: number;
  /** In answers to `reconcile`: instances that should have ended. They are billed until they do. */
  stuck?: StuckInstance[];
}

/** An instance that takes longer to end than the stop timeout of its worker and EC2 explain. */
export interface StuckInstance {
  /** `i-0a1b2c3d4e5f60718` */
  instance_id: string;
  /** `terminating`: the group ends it. `draining`: ECS gives it no task, but the group keeps it. */
  state: 'terminating' | 'draining';
  /** ISO 8601, UTC. */
  since: string;
}

/**
 * Event of the notifier Lambda: an execution has ended. `redrive_count` says in which run, as a text: EventBridge's rules give it so, and
 * empty if the event has none.
 */
export interface NotifierEvent {
  execution_arn: string;
  redrive_count: string;
}

/**
 * Event of the selector Lambda: one call of a selection. The first has `call` 0; the next ones have the `next_call` of the answer
 * before. A call that is repeated, since its answer was lost, does no harm.
 */
export interface SelectorEvent extends Pick<ExecutionInput, 'objects' | 'prefix' | 'manifest' | 'select'> {
  execution: string;
  /** Start of the execution, ISO 8601: `7d` ago is relative to it. */
  started_at: string;
  /** Where the objects are. */
  bucket: string;
  /** Default: `bucket`, for executions that began before there was another one. */
  output_bucket?: string;
  processor: string;
  parameters: Parameters;
  output_prefix: string;
  force: boolean;
  call: number;
}

/** The answer of the selector Lambda. */
export interface SelectionStatus {
  /** No call is left: the list is complete. */
  done: boolean;
  /** Objects so far. */
  selected: number;
  next_call: number;
  /** The list, in the deployment's bucket, once `done`: JSON Lines, `{"Key": "…"}`. */
  manifest: ObjectReference;
  /** One line for people: how many objects were selected from how many; if none was, which ones exist. */
  message: string;
  counts: SelectionCounts;
}

/** The objects that a selection's source names, by outcome. */
export interface SelectionCounts {
  /** Objects that the source names. One that is named twice counts twice. */
  seen: number;
  selected: number;
  /** Bytes of the selected objects whose size is known. */
  bytes: number;
  /** Selected objects whose size nobody asked for. */
  without_size: number;
  /** Folder markers, and versions that are not current. */
  passed_over: number;
  /** Objects that the source had named before. */
  duplicates: number;
  /** Selected objects that do not exist, or that the selector may not read: their tasks report it. */
  missing: number;
  /** Left out by `changed`. */
  up_to_date: number;
  /** Left out, by the first criterion that they do not meet. */
  refused: Partial<Record<Criterion, number>>;
  /** The first keys that were seen, at most 3. */
  examples: string[];
}

/** The output of an execution that succeeded. */
export interface ExecutionOutput {
  /** As the input asked for it. */
  worker_count: number;
  /**
   * The fleet when the work was done; if the provisioner did not answer then, when the map started. If nothing was
   * selected, there was no work: then this and all fields below except `selection` are null.
   */
  fleet: FleetStatus | null;
  /** Objects by what became of them; null also if Step Functions did not answer. */
  item_counts: ItemCounts | null;
  map_run_arn: string | null;
  /** The manifest of the results, which the map's ResultWriter wrote. */
  results: { Bucket: string; Key: string } | null;
  /** What the selector chose; null if the map read a prefix or a list itself. */
  selection: SelectionStatus | null;
}

/**
 * Counts of a Map Run's items, one item an object.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_MapRunItemCounts.html
 */
export interface ItemCounts {
  Total: number;
  Pending: number;
  Running: number;
  Succeeded: number;
  Failed: number;
  TimedOut: number;
  Aborted: number;
  ResultsWritten: number;
}
