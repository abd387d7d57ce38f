/** From items to the inputs of child executions: the selector shapes an item, the batcher groups them. */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { StatesError } from '../../language/errors';
import { isTooLarge, type Json, type JsonObject, MAX_PAYLOAD_BYTES } from '../../language/json';
import type { MapState } from '../../language/schema';
import type { EnteredState } from '../entered-state';
import { integer, object } from '../fields';
import type { ChildInput } from './child-input';
import type { Source } from './items';

interface Limits {
  items: number;
  bytes: number;
  /** The input's text up to its first item. */
  head: string;
  batchInput?: JsonObject;
}

/** The children's inputs in the order of the items, leaving out the first `skip` items. */
export async function* childInputs(
  state: MapState,
  entered: EnteredState,
  source: Source,
  skip: number,
  signal: AbortSignal,
): AsyncIterable<ChildInput> {
  const limits = state.ItemBatcher && (await batchLimits(state.ItemBatcher, entered));
  let items: Json[] = [];
  let texts: string[] = [];
  let bytes = 0;
  for await (const item of selected(state, entered, source, skip, signal)) {
    const text = JSON.stringify(item);
    if (!limits) {
      yield child(item, text, 1);
      continue;
    }
    const size = Buffer.byteLength(text) + 1;
    if (items.length > 0 && (items.length >= limits.items || bytes + size > limits.bytes)) {
      yield batch(limits, items, texts);
      [items, texts, bytes] = [[], [], 0];
    }
    items.push(item);
    texts.push(text);
    bytes += size;
  }
  if (limits && items.length > 0) yield batch(limits, items, texts);
}

/** Items that are shaped at a time: one by one, each would wait for its turn in another process. */
const SHAPED_AHEAD = 64;

async function* selected(
  { ItemSelector }: MapState,
  entered: EnteredState,
  source: Source,
  skip: number,
  signal: AbortSignal,
): AsyncIterable<Json> {
  let index = 0;
  const shaped: Promise<Json>[] = [];
  // Each item on its way listens for the execution's end.
  setMaxListeners(0, entered.execution.interruption.signal);
  for await (const value of source.items(signal)) {
    // The context has a member's key beside its value: Developer Guide, "Context object data for Map states".
    const member = source.isObject ? (value as { Key: string; Value: Json }) : { Value: value };
    const item = { Index: index, ...member, Source: source.name };
    index += 1;
    if (index <= skip) continue;
    if (ItemSelector === undefined) {
      yield value;
      continue;
    }
    const context = { ...entered.context, Map: { Item: item } };
    const shaping = entered.evaluate(ItemSelector, 'ItemSelector', { context });
    // It is thrown when the item's turn comes, unless an earlier one fails.
    shaping.catch(() => undefined);
    shaped.push(shaping);
    const first = shaped.length < SHAPED_AHEAD ? undefined : shaped.shift();
    if (first) yield await first;
  }
  for (const shaping of shaped) yield await shaping;
}

async function batchLimits(
  batcher: NonNullable<MapState['ItemBatcher']>,
  entered: EnteredState,
): Promise<Limits> {
  const { MaxItemsPerBatch, MaxInputBytesPerBatch, BatchInput } = batcher;
  const limit = (template: Json | undefined, field: string, maximum: number) =>
    template === undefined ? maximum : integer(entered, template, `ItemBatcher/${field}`, 1, maximum);
  const batchInput =
    BatchInput === undefined ? undefined : await object(entered, BatchInput, 'ItemBatcher/BatchInput');
  const head = batchInput ? `{"BatchInput":${JSON.stringify(batchInput)},"Items":[` : '{"Items":[';
  const bytes = await limit(MaxInputBytesPerBatch, 'MaxInputBytesPerBatch', MAX_PAYLOAD_BYTES);
  return {
    items: await limit(MaxItemsPerBatch, 'MaxItemsPerBatch', 100_000_000),
    // The limit is on the whole input; the last item has a bracket where the others have their comma.
    bytes: bytes - Buffer.byteLength(head) - 1,
    head,
    batchInput,
  };
}

function batch({ head, batchInput }: Limits, Items: Json[], texts: string[]): ChildInput {
  const input: JsonObject = batchInput ? { BatchInput: batchInput, Items } : { Items };
  return child(input, `${head}${texts.join(',')}]}`, Items.length);
}

function child(input: Json, text: string, itemCount: number): ChildInput {
  if (!isTooLarge(text)) return { name: randomUUID(), input, text, itemCount };
  const why = 'The input of a child workflow execution exceeds the maximum number of bytes service limit.';
  throw new StatesError('States.DataLimitExceeded', why);
}
