/** The Map state in DISTRIBUTED mode: from its fields to a map run. */
import { createHash, randomUUID } from 'node:crypto';
import { ServiceError } from '../../service';
import { StatesError } from '../errors';
import { type EnteredState, integer, object, unexpected } from '../interpreter';
import type { Json } from '../json';
import type { MapState } from '../language';
import { childInputs } from './batches';
import { inputSource, readerSource, type Source } from './items';
import { OutputResults, type Results, WrittenResults } from './results';
import { MapRun, type MapRunLimits } from './run';

/** Runs a Map state once, or continues its map run when the execution was redriven. Throws a StatesError. */
export async function runMap(state: MapState, entered: EnteredState): Promise<Json> {
  const { history, mapRuns, signal } = entered.execution;
  let run = entered.redriven ? mapRuns.at(-1) : undefined;
  if (run && run.status !== 'SUCCEEDED') {
    const { mapRunArn, label } = run;
    const { engine, machine, name } = entered.execution;
    // On the children, whose ARNs have the map's label: Developer Guide, "IAM policies for using Distributed Map states".
    assertAllowed(
      entered,
      'states:RedriveExecution',
      engine.arn('execution', `${machine.name}/${label}`, name),
    );
    run.redrive();
    history.record('MapRunRedriven', { mapRunArn, redriveCount: run.redriveCount });
  } else {
    const source = await openSource(state, entered);
    checkPermissions(entered);
    history.record('MapStateStarted', { length: source.length ?? 0 });
    run = await createRun(state, entered, source);
    history.record('MapRunStarted', { mapRunArn: run.mapRunArn });
  }
  try {
    const output = await run.run();
    signal.throwIfAborted();
    history.record('MapRunSucceeded');
    history.record('MapStateSucceeded');
    return output;
  } catch (reason) {
    signal.throwIfAborted();
    if (reason instanceof StatesError) {
      const { error, cause } = reason;
      history.record('MapRunFailed', { error, cause });
    }
    history.record('MapStateFailed');
    throw reason;
  }
}

async function openSource({ ItemReader: reader, Items }: MapState, entered: EnteredState): Promise<Source> {
  if (!reader)
    return inputSource(Items === undefined ? entered.input : await entered.evaluate(Items, 'Items'));
  const { engine, machine } = entered.execution;
  const { Resource: resource, Arguments = {}, ReaderConfig: config = {} } = reader;
  const given = await object(entered, Arguments, 'ItemReader/Arguments');
  const maxItems = await optional(entered, config.MaxItems, 'ItemReader/ReaderConfig/MaxItems');
  return readerSource({ resource, config, arguments: given, maxItems }, engine.clients(machine.roleArn).s3);
}

/** The value of a field that is a number of items, if it is there. */
async function optional(
  entered: EnteredState,
  template: Json | undefined,
  field: string,
): Promise<number | undefined> {
  return template === undefined ? undefined : integer(entered, template, field, 0, Number.MAX_SAFE_INTEGER);
}

/**
 * Permissions that the role of a Distributed Map needs on its own state machine and executions, in the form that the policy in the
 * Developer Guide has it ("IAM policies for using Distributed Map states"): executions without the map's label.
 */
function checkPermissions(entered: EnteredState): void {
  const { engine, machine, name } = entered.execution;
  const executions = engine.arn('execution', machine.name, name);
  assertAllowed(entered, 'states:StartExecution', machine.stateMachineArn);
  assertAllowed(entered, 'states:DescribeExecution', executions);
  assertAllowed(entered, 'states:StopExecution', executions);
}

function assertAllowed(
  { execution: { engine, machine } }: EnteredState,
  action: string,
  resource: string,
): void {
  try {
    engine.options.allow?.(machine.roleArn, action, resource);
  } catch (error) {
    if (error instanceof ServiceError) throw new StatesError('States.Permissions', error.message);
    throw error;
  }
}

async function createRun(state: MapState, entered: EnteredState, source: Source): Promise<MapRun> {
  const { execution, name } = entered;
  const { engine, machine } = execution;
  const label =
    state.Label ??
    // The same for every run of this state in this revision, as AWS generates it.
    createHash('sha256').update(`${machine.revisionId}/${name}`).digest('hex').slice(0, 32);
  const mapRunArn = engine.arn('mapRun', `${machine.name}/${label}`, randomUUID());
  const results = await openResults(state, entered, mapRunArn);
  const limits: MapRunLimits = {
    maxConcurrency: await optional(entered, state.MaxConcurrency, 'MaxConcurrency'),
    toleratedFailureCount: await optional(entered, state.ToleratedFailureCount, 'ToleratedFailureCount'),
    toleratedFailurePercentage: await percentage(state.ToleratedFailurePercentage, entered),
  };
  execution.signal.throwIfAborted();
  return new MapRun({
    mapRunArn,
    parent: execution,
    label,
    program: state.ItemProcessor,
    results,
    items: (signal) => source.items(signal),
    inputs: (skip, signal) => childInputs(state, entered, source, skip, signal),
    limits,
  });
}

async function percentage(template: Json | undefined, entered: EnteredState): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = await entered.evaluate(template, 'ToleratedFailurePercentage');
  if (typeof value === 'number' && value >= 0 && value <= 100) return value;
  throw unexpected('ToleratedFailurePercentage', value, 'a number from 0 to 100');
}

async function openResults(
  { ResultWriter: writer }: MapState,
  entered: EnteredState,
  mapRunArn: string,
): Promise<Results> {
  if (!writer?.Arguments) return new OutputResults(writer?.WriterConfig?.Transformation);
  const { Bucket = null, Prefix = '' } = await object(entered, writer.Arguments, 'ResultWriter/Arguments');
  if (typeof Bucket !== 'string') throw unexpected('ResultWriter/Arguments/Bucket', Bucket, 'a string');
  if (typeof Prefix !== 'string') throw unexpected('ResultWriter/Arguments/Prefix', Prefix, 'a string');
  const { engine, machine } = entered.execution;
  const { s3 } = engine.clients(machine.roleArn);
  return new WrittenResults(mapRunArn, s3, { Bucket, Prefix }, writer.WriterConfig);
}
