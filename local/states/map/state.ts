/** The Map state in DISTRIBUTED mode: from its fields to a map run. */
import { createHash, randomUUID } from 'node:crypto';
import { ServiceError } from '../../service';
import { arn } from '../arns';
import type { MapState } from '../definition';
import { StatesError } from '../errors';
import type { Execution } from '../execution';
import { integer, object, unexpected, type Visit } from '../interpreter';
import type { Json } from '../json';
import { childInputs } from './batches';
import { inputSource, readerSource, type Source } from './items';
import { OutputResults, type Results, WrittenResults } from './results';
import { MapRun, type MapRunOptions } from './run';

/** Runs a Map state once, or continues its map run when the execution was redriven. Throws a StatesError. */
export async function runMap(state: MapState, visit: Visit): Promise<Json> {
  const { history, mapRuns, signal } = visit.execution;
  const last = mapRuns.at(-1);
  let run: MapRun;
  if (visit.redriven && last && last.status !== 'SUCCEEDED') {
    run = last;
    // On the children, whose ARNs have the map's label: Developer Guide, "IAM policies for using Distributed Map states".
    const { engine, machine, name } = visit.execution;
    const child = arn(engine.site, 'execution', `${machine.name}/${run.label}`, name);
    demand(visit.execution, 'states:RedriveExecution', child);
    run.redrive();
    history.record('MapRunRedriven', 'mapRunRedrivenEventDetails', {
      mapRunArn: run.mapRunArn,
      redriveCount: run.redriveCount,
    });
  } else {
    const source = await openSource(state, visit);
    checkPermissions(visit);
    history.record('MapStateStarted', 'mapStateStartedEventDetails', { length: source.length ?? 0 });
    run = await createRun(state, visit, source);
    history.record('MapRunStarted', 'mapRunStartedEventDetails', { mapRunArn: run.mapRunArn });
  }
  try {
    const output = await run.run();
    signal.throwIfAborted();
    history.record('MapRunSucceeded');
    history.record('MapStateSucceeded');
    return output;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StatesError) {
      history.record('MapRunFailed', 'mapRunFailedEventDetails', { error: error.error, cause: error.cause });
    }
    history.record('MapStateFailed');
    throw error;
  }
}

async function openSource(state: MapState, visit: Visit): Promise<Source> {
  const { ItemReader: reader, Items } = state;
  if (!reader) return inputSource(Items === undefined ? visit.input : await visit.evaluate(Items, 'Items'));
  const { engine, machine } = visit.execution;
  const config = reader.ReaderConfig ?? {};
  const given = await object(visit, reader.Arguments ?? {}, 'ItemReader/Arguments');
  const { MaxItems } = config;
  const maxItems =
    MaxItems === undefined
      ? undefined
      : await integer(visit, MaxItems, 'ItemReader/ReaderConfig/MaxItems', 0, 100_000_000);
  return readerSource(
    { resource: reader.Resource, config, arguments: given, maxItems },
    engine.clients.for(machine.roleArn).s3,
  );
}

/**
 * What the role of a Distributed Map needs on its own state machine and executions, in the form that the policy in the
 * Developer Guide has it ("IAM policies for using Distributed Map states"): executions without the map's label.
 */
function checkPermissions({ execution }: Visit): void {
  const { engine, machine, name } = execution;
  const executions = arn(engine.site, 'execution', machine.name, name);
  demand(execution, 'states:StartExecution', machine.stateMachineArn);
  demand(execution, 'states:DescribeExecution', executions);
  demand(execution, 'states:StopExecution', executions);
}

function demand({ engine, machine }: Execution, action: string, resource: string): void {
  try {
    engine.allow(machine.roleArn, action, resource);
  } catch (error) {
    if (error instanceof ServiceError) throw new StatesError('States.Permissions', error.message);
    throw error;
  }
}

async function createRun(state: MapState, visit: Visit, source: Source): Promise<MapRun> {
  const { execution, name } = visit;
  const { engine, machine } = execution;
  const whole = (template: Json | undefined, field: string) =>
    template === undefined ? undefined : integer(visit, template, field, 0, Number.MAX_SAFE_INTEGER);
  const label =
    state.Label ??
    // The same for every run of this state in this revision, as AWS generates it.
    createHash('sha256').update(`${machine.revisionId}/${name}`).digest('hex').slice(0, 32);
  const id = randomUUID();
  const mapRunArn = arn(engine.site, 'mapRun', `${machine.name}/${label}`, id);
  const options: MapRunOptions = {
    parent: execution,
    label,
    id,
    program: state.ItemProcessor,
    results: await openResults(state, visit, mapRunArn),
    items: (signal) => source.items(signal),
    inputs: (skip, signal) => childInputs(state, visit, source, skip, signal),
    maxConcurrency: (await whole(state.MaxConcurrency, 'MaxConcurrency')) ?? 0,
    toleratedFailureCount: await whole(state.ToleratedFailureCount, 'ToleratedFailureCount'),
    toleratedFailurePercentage: await percentage(state.ToleratedFailurePercentage, visit),
  };
  execution.signal.throwIfAborted();
  return new MapRun(options);
}

async function percentage(template: Json | undefined, visit: Visit): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = await visit.evaluate(template, 'ToleratedFailurePercentage');
  if (typeof value === 'number' && value >= 0 && value <= 100) return value;
  throw unexpected('ToleratedFailurePercentage', value, 'a number from 0 to 100');
}

async function openResults(
  { ResultWriter: writer }: MapState,
  visit: Visit,
  mapRunArn: string,
): Promise<Results> {
  if (!writer?.Arguments) return new OutputResults(writer?.WriterConfig?.Transformation ?? 'COMPACT');
  const { Bucket, Prefix = '' } = await object(visit, writer.Arguments, 'ResultWriter/Arguments');
  if (typeof Bucket !== 'string')
    throw unexpected('ResultWriter/Arguments/Bucket', Bucket ?? null, 'a string');
  if (typeof Prefix !== 'string') throw unexpected('ResultWriter/Arguments/Prefix', Prefix, 'a string');
  const { engine, machine } = visit.execution;
  return new WrittenResults(
    mapRunArn,
    engine.clients.for(machine.roleArn).s3,
    { Bucket, Prefix },
    writer.WriterConfig,
  );
}
