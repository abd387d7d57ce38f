/** One call of a selection: it goes on where the one before stopped, and stops in time. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { ProcessorDescriptions, SelectionStatus, SelectorEvent } from '../contract';
import { PREFIXES } from '../prefixes';
import type { S3Clients } from '../s3/clients';
import { literalStart } from './criteria/glob';
import { parseSelect, type Select, SelectError } from './criteria/select';
import type { KeySet } from './key-set';
import { completeList, type Destination, isFree, ListWriter } from './list-writer';
import { describeSelection } from './message';
import { Selection } from './selection';
import { SelectionError } from './selection-error';
import { type Position, readSource, type Source } from './sources';
import { States } from './state';
import { upToDateTest } from './up-to-date';

export interface CallContext {
  s3: Pick<S3Clients, 'of' | 'store'>;
  /** The deployment's bucket: of manifests. */
  ownBucket: string;
  processors: ProcessorDescriptions;
  /** Hash of the environment that the deployment gives to processors. */
  environment: string;
  /** Its memory is used again and again: a function's process does one call after the other. */
  keys: KeySet;
}

/** The options of a selection, in a call and in a preview. Throws a SelectionError. */
export function prepareSelection(
  event: Omit<SelectorEvent, 'execution' | 'call'>,
  { s3, ownBucket, processors, environment, keys }: CallContext,
  counts?: SelectionStatus['counts'],
) {
  const {
    bucket,
    output_bucket: outputBucket = event.bucket,
    processor,
    parameters,
    output_prefix,
    force,
  } = event;
  const select = readSelect(event);
  if (select.changed && force) {
    throw new SelectionError(
      'InvalidSelection',
      'force and select.changed exclude each other: give one of them',
    );
  }
  const source = sourceOf(event, select, ownBucket);
  keys.clear();
  const selection = new Selection({
    s3: s3.of(bucket),
    bucket,
    select,
    hasDuplicates: source.kind !== 'prefix',
    isUpToDate: select.changed
      ? upToDateTest({
          outputs: s3.store(outputBucket),
          bucket,
          processors,
          processor,
          parameters,
          environment,
          outputPrefix: output_prefix,
        })
      : undefined,
    counts,
    keys,
  });
  return { select, source, selection };
}

/** Selects until the source ends or `until`, milliseconds since the epoch. Throws a SelectionError. */
export async function runCall(
  event: SelectorEvent,
  context: CallContext,
  until: number,
): Promise<SelectionStatus> {
  const { ownBucket } = context;
  const own = context.s3.of(ownBucket);
  const { call } = event;
  const destination = { bucket: ownBucket, key: `${PREFIXES.manifests}${event.execution}.jsonl` };
  const states = new States(own, ownBucket, event.execution, event.started_at);
  const after = await states.read(call + 1);
  if (after) {
    if (after.state.status.done) await completeList(own, destination, after.state.list);
    return after.state.status;
  }
  const before = call > 0 ? await states.read(call) : undefined;
  if (call > 0 && !before) throw new Error(`Call ${call} of the selection has no state to go on from`);
  if (call === 0) await assertFree(own, destination, event.execution);

  const { source, selection } = prepareSelection(event, context, before?.state.status.counts);
  if (before && source.kind !== 'prefix') await states.readKeys(call, selection.keys);
  const writer = new ListWriter(own, destination, before?.state.list, before?.tail);
  const position = await selectUntil(until, context.s3, source, selection, writer, before?.state.position);

  const status: SelectionStatus = {
    done: position === undefined,
    selected: selection.counts.selected,
    next_call: call + 1,
    manifest: { Key: destination.key },
    message: await describeSelection(context.s3, source, event, selection),
    counts: selection.counts,
  };
  if (position !== undefined) {
    const { list, tail } = writer.suspend();
    if (source.kind !== 'prefix') await states.writeKeys(call + 1, selection.keys);
    await states.write(call + 1, { status, list, position }, tail);
  } else if (!(await writer.putWhole())) {
    // The state first: once the parts are one object, the call cannot be repeated.
    const list = await writer.flush();
    await states.write(call + 1, { status, list }, '');
    await completeList(own, destination, list);
  }
  return status;
}

/** Where the source goes on; undefined if nothing is left to select. */
async function selectUntil(
  until: number,
  s3: CallContext['s3'],
  source: Source,
  selection: Selection,
  writer: ListWriter,
  from?: Position,
): Promise<Position | undefined> {
  let position: Position | undefined;
  for await (const page of readSource(s3, source, from)) {
    // After at least one page, and only if there is another.
    if (position && Date.now() >= until) return position;
    for (const { key } of await selection.choose(page)) await writer.add(key);
    if (selection.isComplete) return undefined;
    position = page.next;
  }
  return undefined;
}

function readSelect({ select = {}, started_at }: Pick<SelectorEvent, 'select' | 'started_at'>) {
  try {
    return parseSelect(select, new Date(started_at));
  } catch (error) {
    if (error instanceof SelectError) throw new SelectionError('InvalidSelection', error.message);
    throw error;
  }
}

function sourceOf(
  event: Omit<SelectorEvent, 'execution' | 'call'>,
  { match }: Select,
  ownBucket: string,
): Source {
  const { bucket, prefix, manifest, objects = [] } = event;
  if (prefix !== undefined) {
    // A glob with a literal start needs no listing of the whole bucket.
    const start = match ? literalStart(match) : '';
    const listed = start.startsWith(prefix) ? start : prefix;
    return { kind: 'prefix', bucket, prefix: listed, written: writtenPrefixes(event, ownBucket) };
  }
  if (!manifest) return { kind: 'objects', objects };
  const { Key: key, format, column } = manifest;
  return { kind: 'manifest', bucket: ownBucket, key, format, column, objectsBucket: bucket };
}

/** Where this system writes in the bucket of the objects. */
function writtenPrefixes(
  {
    bucket,
    output_bucket: outputBucket = bucket,
    output_prefix: outputPrefix,
  }: Omit<SelectorEvent, 'execution' | 'call'>,
  ownBucket: string,
): string[] {
  const outputs = bucket === outputBucket ? [PREFIXES.output, outputPrefix] : [];
  return bucket === ownBucket ? [...Object.values(PREFIXES), ...outputs] : outputs;
}

/** The list must not replace a manifest of somebody else. */
async function assertFree(s3: S3Client, destination: Destination, execution: string): Promise<void> {
  if (await isFree(s3, destination)) return;
  throw new SelectionError(
    'InvalidSelection',
    `${destination.key} exists already, and the list of the execution ${execution} has the same key: give the execution another name`,
  );
}
