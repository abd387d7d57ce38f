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

/** The children's inputs in the order of the items, leaving out the first `skip` items; some at a time, each made when it is taken. */
export async function* childInputs(
  state: MapState,
  entered: EnteredState,
  source: Source,
  skip: number,
  signal: AbortSignal,
): AsyncIterable<Iterable<ChildInput>> {
  const limits = state.ItemBatcher && (await batchLimits(state.ItemBatcher, entered));
  const items = selected(state, entered, source, skip, signal);
  if (!limits) {
    for await (const some of items) yield singles(some);
    return;
  }
  const batcher = new Batcher(limits);
  for await (const some of items) yield batcher.add(some);
  yield batcher.rest();
}

function* singles(items: Json[]): Iterable<ChildInput> {
  for (const item of items) yield child(item, JSON.stringify(item), 1);
}

class Batcher {
  private items: Json[] = [];
  private texts: string[] = [];
  private bytes = 0;

  constructor(private readonly limits: Limits) {}

  /** The batches that are full by then. */
  *add(items: Json[]): Iterable<ChildInput> {
    for (const item of items) {
      const text = JSON.stringify(item);
      const size = Buffer.byteLength(text) + 1;
      if (this.items.length >= this.limits.items || this.bytes + size > this.limits.bytes) yield* this.rest();
      this.items.push(item);
      this.texts.push(text);
      this.bytes += size;
    }
  }

  /** The batch that is not full, if there is one. */
  *rest(): Iterable<ChildInput> {
    if (this.items.length === 0) return;
    const { head, batchInput } = this.limits;
    const { items: Items, texts } = this;
    [this.items, this.texts, this.bytes] = [[], [], 0];
    const input: JsonObject = batchInput ? { BatchInput: batchInput, Items } : { Items };
    yield child(input, `${head}${texts.join(',')}]}`, Items.length);
  }
}

/** So many shaped items go on together, while as many more are shaped: one by one, each would wait for its turn in another process. */
const SHAPED_AT_ONCE = 64;

async function* selected(
  { ItemSelector }: MapState,
  entered: EnteredState,
  source: Source,
  skip: number,
  signal: AbortSignal,
): AsyncIterable<Json[]> {
  let index = 0;
  const shaped: (Json | Promise<Json>)[] = [];
  // Each item on its way listens for the execution's end.
  setMaxListeners(0, entered.execution.interruption.signal);
  for await (const page of source.pages(signal)) {
    const first = Math.min(Math.max(skip - index, 0), page.length);
    index += first;
    if (ItemSelector === undefined) {
      index += page.length - first;
      yield page.slice(first);
      continue;
    }
    for (const value of page.slice(first)) {
      // The context has a member's key beside its value: Developer Guide, "Context object data for Map states".
      const member = source.isObject ? (value as { Key: string; Value: Json }) : { Value: value };
      const context = { ...entered.context, Map: { Item: { Index: index, ...member, Source: source.name } } };
      index += 1;
      const shaping = entered.evaluate(ItemSelector, 'ItemSelector', { context });
      // It is thrown when the item's turn comes, unless an earlier one fails.
      if (shaping instanceof Promise) shaping.catch(() => undefined);
      shaped.push(shaping);
      if (shaped.length === 2 * SHAPED_AT_ONCE) yield* settled(shaped.splice(0, SHAPED_AT_ONCE));
    }
  }
  yield* settled(shaped);
}

/** The values, up to the first that fails. */
async function* settled(values: (Json | Promise<Json>)[]): AsyncIterable<Json[]> {
  const items: Json[] = [];
  try {
    for (const value of values) items.push(value instanceof Promise ? await value : value);
  } catch (error) {
    yield items;
    throw error;
  }
  yield items;
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

function child(input: Json, text: string, itemCount: number): ChildInput {
  if (!isTooLarge(text)) return { name: randomUUID(), input, text, itemCount };
  const why = 'The input of a child workflow execution exceeds the maximum number of bytes service limit.';
  throw new StatesError('States.DataLimitExceeded', why);
}
