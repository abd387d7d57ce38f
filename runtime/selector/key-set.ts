/**
 * A set of keys, as 16 bytes of a hash each: 5,000,000 keys take 96 MB outside of V8's heap. A Set of strings takes several times
 * as much, and has to be serialized whole between two calls.
 *
 * It is one open-addressed table with linear probing. An empty place is 16 zero bytes, which no key has. The table grows in few
 * large steps: two large ones at a time would not fit beside each other.
 */
import { createHash } from 'node:crypto';

/** The most keys that a set holds. */
export const MAX_KEYS = 5_000_000;

const HASH_BYTES = 16;
/** Words of a hash, and so of a place. */
const WORDS = HASH_BYTES / 4;
/** Places of a table, and of those that it grows to. The last one holds `MAX_KEYS`. */
const PLACES = [60_000, 1_500_000, 6_000_000] as const;
/** Of a table that can grow, at most this share of the places is taken. */
const MAX_LOAD = 0.8;

export class KeySet {
  private table = new Uint32Array(PLACES[0] * WORDS);
  private readonly hash = new Uint32Array(WORDS);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** It holds as many keys as it can. */
  get isFull(): boolean {
    return this.count >= MAX_KEYS;
  }

  /** False if the key is there already. A full set takes no more. */
  add(key: string): boolean {
    return this.addHash(createHash('sha256').update(key).digest());
  }

  /** Takes all keys out, and keeps the memory. */
  clear(): void {
    this.table.fill(0);
    this.count = 0;
  }

  /** All hashes, in no order, to be `load`ed again. */
  *dump(): Generator<Buffer> {
    const chunkPlaces = 65_536;
    for (let start = 0; start < this.table.length; start += chunkPlaces * WORDS) {
      const chunk = this.table.subarray(start, start + chunkPlaces * WORDS);
      const taken = new Uint32Array(chunk.length);
      let end = 0;
      for (let at = 0; at < chunk.length; at += WORDS) {
        if (isEmpty(chunk, at)) continue;
        taken.set(chunk.subarray(at, at + WORDS), end);
        end += WORDS;
      }
      yield Buffer.from(taken.buffer, 0, end * 4);
    }
  }

  /** `chunks`: a dump, cut anywhere. */
  async load(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    let rest = Buffer.alloc(0);
    for await (const chunk of chunks) {
      const bytes = Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % HASH_BYTES);
      for (let at = 0; at < whole; at += HASH_BYTES) this.addHash(bytes.subarray(at));
      rest = bytes.subarray(whole);
    }
  }

  private addHash(bytes: Buffer): boolean {
    const { hash } = this;
    for (let word = 0; word < WORDS; word++) hash[word] = bytes.readUInt32LE(word * 4);
    const place = placeFor(this.table, hash, 0);
    if (!isEmpty(this.table, place)) return false;
    if (this.isFull) return true;
    this.table.set(hash, place);
    this.count += 1;
    if (this.count > this.capacity) this.grow();
    return true;
  }

  /** Keys after which the table grows. */
  private get capacity(): number {
    const places = this.table.length / WORDS;
    return places === PLACES.at(-1) ? MAX_KEYS : MAX_LOAD * places;
  }

  private grow(): void {
    const places = PLACES.find((each) => each * WORDS > this.table.length) ?? 0;
    const larger = new Uint32Array(places * WORDS);
    for (let at = 0; at < this.table.length; at += WORDS) {
      if (!isEmpty(this.table, at)) {
        larger.set(this.table.subarray(at, at + WORDS), placeFor(larger, this.table, at));
      }
    }
    this.table = larger;
  }
}

/** Where in the table the hash at `from` is, or the empty place where it belongs. */
function placeFor(table: Uint32Array, hash: Uint32Array, from: number): number {
  let at = ((hash[from] as number) % (table.length / WORDS)) * WORDS;
  while (!isEmpty(table, at) && !isSame(table, at, hash, from)) {
    at += WORDS;
    if (at === table.length) at = 0;
  }
  return at;
}

function isEmpty(table: Uint32Array, at: number): boolean {
  return table[at] === 0 && table[at + 1] === 0 && table[at + 2] === 0 && table[at + 3] === 0;
}

function isSame(table: Uint32Array, at: number, hash: Uint32Array, from: number): boolean {
  for (let word = 0; word < WORDS; word++) if (table[at + word] !== hash[from + word]) return false;
  return true;
}
