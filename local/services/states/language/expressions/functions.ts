/**
 * The functions that Step Functions adds to JSONata. `$eval` is not among a definition's functions.
 * Source: Developer Guide, "Transforming data with JSONata", JSONata functions provided by Step Functions.
 */
import { createHash, randomUUID } from 'node:crypto';
import type jsonata from 'jsonata';
import { MEMORY_EXCEEDED } from './limits';

type Implementation = Parameters<jsonata.Expression['registerFunction']>[1];

export const FUNCTIONS: [name: string, signature: string, implementation: Implementation][] = [
  ['partition', '<a-n:a>', partition],
  ['range', '<nnn:a>', range],
  ['hash', '<s-s?:s>', hash],
  ['random', '<n?:n>', random],
  ['uuid', '<:s>', () => randomUUID()],
  ['parse', '<s-:x>', (text: string | undefined) => (text === undefined ? undefined : JSON.parse(text))],
];

function partition(array: unknown[] | undefined, size: number): unknown[][] | undefined {
  if (array === undefined) return undefined;
  if (!Number.isInteger(size) || size < 1) throw new Error('$partition takes a chunk size of 1 or more');
  return Array.from({ length: Math.ceil(array.length / size) }, (_, index) =>
    array.slice(index * size, (index + 1) * size),
  );
}

/** Measured on AWS: one number more is refused. */
const MAX_RANGE = 360_145;

/** A sequence: recorded, a single number is the number itself. */
function range(first: number, last: number, step: number): number[] {
  const length = Math.floor((last - first) / step) + 1;
  if (!Number.isFinite(length) || length > MAX_RANGE) throw MEMORY_EXCEEDED;
  const numbers = Array.from({ length: Math.max(0, length) }, (_, index) => first + index * step);
  return Object.defineProperty(numbers, 'sequence', { value: true });
}

const HASHES = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

function hash(text: string | undefined, algorithm = 'SHA-256'): string | undefined {
  if (!HASHES.includes(algorithm)) throw new Error(`$hash knows ${HASHES.join(', ')}; not ${algorithm}`);
  return text === undefined
    ? undefined
    : createHash(algorithm.replace('-', '').toLowerCase()).update(text).digest('hex');
}

/** A number from 0 up to 1; the same one for the same seed. */
function random(seed?: number): number {
  if (seed === undefined) return Math.random();
  return createHash('sha256').update(String(seed)).digest().readUInt32BE() / 2 ** 32;
}
