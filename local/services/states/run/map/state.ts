/** The Map state in DISTRIBUTED mode: from its fields to a map run. */
import { createHash, randomUUID } from 'node:crypto';
import { ServiceError } from '../../../../core/service';
import { StateError, StatesError } from '../../language/errors';
import type { Json } from '../../language/json';
import { readerResource } from '../../language/resources';
import type { MapState } from '../../language/schema';
import { type EnteredState, explain } from '../entered-state';
import { integer, number, object, outOfRange } from '../fields';
import { childInputs } from './batches';
import { inputSource, readerSource, type Source } from './items';
import { MapRun } from './map-run';
import type { MapRunLimits } from './map-run-options';
import { OutputResults, type Results, WrittenResults } from './results';

/** Source: Developer Guide, "Redriving Map Runs", Redrive eligibility. */
const MAX_REDRIVES = 1_000;

/** Runs a Map state once, or continues its map run when the execution was redriven. Throws a StatesError. */
export async function runMap(state: MapState, entered: EnteredState): Promise<Json> {
  const { execution } = entered;
  const { history } = execution;
  let run: MapRun | undefined;
  try {
    run = redriven(entered) ?? (await start(state, entered));
    const output = await run.run();
    execution.interruption.throwIfHappened();
    history.record('MapRunSucceeded');
    history.record('MapStateSucceeded');
    return output;
  } catch (reason) {
    execution.interruption.throwIfHappened();
    const failure = explain(reason, entered);
    const { error, cause } = failure;
    if (run) history.record('MapRunFailed', { error, cause });
    history.record('MapStateFailed');
    throw failure;
  }
}

function redriven(entered: EnteredState): MapRun | undefined {
  const { engine, execution } = entered;
  const { machine, name, history } = execution;
  const run = entered.redriven ? engine.executions.mapRunsOf(execution).at(-1) : undefined;
  // It may be that of another state, if this one failed before it had its own.
  if (!run?.isRedrivable || run.enteredId !== history.entered.id) return undefined;
  const { mapRunArn, label } = run;
  if (run.redriveCount >= MAX_REDRIVES) {
    const why = `The Map Run ${mapRunArn} has been redriven ${MAX_REDRIVES} times, which is the limit.`;
    throw new StateError('States.Runtime', why);
  }
  // On the children, whose ARNs have the map's label: Developer Guide, "IAM policies for using Distributed Map states".
  assertAllowed(
    entered,
    'states:RedriveExecution',
    engine.arn('execution', `${machine.name}/${label}`, name),
  );
  run.redrive();
  history.record('MapRunRedriven', { mapRunArn, redriveCount: run.redriveCount });
  return run;
}

async function start(state: MapState, entered: EnteredState): Promise<MapRun> {
  const { history } = entered.execution;
  const source = await openSource(state, entered);
  checkPermissions(entered);
  history.record('MapStateStarted', { length: source.length ?? 0 });
  const run = await createRun(state, entered, source);
  history.record('MapRunStarted', { mapRunArn: run.mapRunArn });
  return run;
}

async function openSource({ ItemReader: reader, Items }: MapState, entered: EnteredState): Promise<Source> {
  if (!reader) {
    const items = Items === undefined ? entered.input : await entered.evaluate(Items, 'Items');
    return inputSource(items, Items);
  }
  const { engine, execution } = entered;
  const { Resource: arn, Arguments = {}, ReaderConfig: config = {} } = reader;
  const given = await object(entered, Arguments, 'ItemReader/Arguments');
  const maxItems = await number(entered, config.MaxItems ?? 0, 'ItemReader/ReaderConfig/MaxItems');
  const { s3 } = engine.clients.of(execution.machine.roleArn);
  const resource = readerResource(arn) ?? 's3:getObject';
  return readerSource({ resource, config, arguments: given, maxItems }, s3);
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
  const { engine, execution } = entered;
  const { machine, name } = execution;
  const executions = engine.arn('execution', machine.name, name);
  assertAllowed(entered, 'states:StartExecution', machine.stateMachineArn);
  assertAllowed(entered, 'states:DescribeExecution', executions);
  assertAllowed(entered, 'states:StopExecution', executions);
}

function assertAllowed(
  { engine, execution: { machine } }: EnteredState,
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
  const { engine, execution, name } = entered;
  const { machine } = execution;
  const label =
    state.Label ??
    // The same for every run of this state in this revision, as AWS generates it.
    uuidOf(`${machine.stateMachineArn}/${machine.revisionId ?? 'INITIAL'}/${name}`);
  const mapRunArn = engine.arn('mapRun', `${machine.name}/${label}`, randomUUID());
  const results = await openResults(state, entered, mapRunArn);
  const limits: MapRunLimits = {
    maxConcurrency: await optional(entered, state.MaxConcurrency, 'MaxConcurrency'),
    toleratedFailureCount: await optional(entered, state.ToleratedFailureCount, 'ToleratedFailureCount'),
    toleratedFailurePercentage: await percentage(state.ToleratedFailurePercentage, entered),
  };
  execution.interruption.throwIfHappened();
  const children = engine.arn('execution', `${machine.name}/${label}`);
  const run = new MapRun({
    mapRunArn,
    arnOfChild: (child) => `${children}:${child}`,
    parent: execution,
    enteredId: execution.history.entered.id,
    label,
    program: state.ItemProcessor,
    results,
    pages: (signal) => source.pages(signal),
    inputs: (skip, signal) => childInputs(state, entered, source, skip, signal),
    limits,
  });
  engine.executions.addMapRun(run);
  return run;
}

/** A UUID for a text, the same each time. */
function uuidOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

async function percentage(template: Json | undefined, entered: EnteredState): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = await number(entered, template, 'ToleratedFailurePercentage');
  if (value >= 0 && value <= 100) return value;
  throw outOfRange('ToleratedFailurePercentage', value, 'a number from 0 to 100');
}

async function openResults(
  { ResultWriter: writer }: MapState,
  entered: EnteredState,
  mapRunArn: string,
): Promise<Results> {
  if (!writer?.Arguments) return new OutputResults(entered.name, writer?.WriterConfig?.Transformation);
  const { Bucket = null, Prefix = '' } = await object(entered, writer.Arguments, 'ResultWriter/Arguments');
  if (typeof Bucket !== 'string') throw outOfRange('ResultWriter/Arguments/Bucket', Bucket, 'a string');
  if (typeof Prefix !== 'string') throw outOfRange('ResultWriter/Arguments/Prefix', Prefix, 'a string');
  const { s3 } = entered.engine.clients.of(entered.execution.machine.roleArn);
  return new WrittenResults(mapRunArn, s3, { Bucket, Prefix }, writer.WriterConfig);
}
