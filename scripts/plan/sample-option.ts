/** `--sample` of plan: how many objects to measure on, or, as with `execute`, a share of the keys to plan for. */
import { InvalidArgumentError, Option } from 'commander';
import { share } from '../input/selection-options';

/** One of each may be given. */
export interface Sample {
  /** Objects that are processed now. */
  count?: number;
  /** The share of the keys. */
  share?: number;
}

const MAX_OBJECTS = 1000;

export function sampleOption(): Option {
  return new Option(
    '--sample <objects or share>',
    'a number: process this many objects now, to measure; a share: plan for only this share of the keys, as execute does; give each at most once (default: measure on an earlier run, plan for all keys), example: 20 or 1%',
  ).argParser(parse);
}

function parse(text: string, previous: Sample = {}): Sample {
  const found: Sample = /^\d+$/.test(text) ? { count: count(text) } : { share: share(text) };
  const [name] = Object.keys(found) as [keyof Sample];
  if (previous[name] !== undefined)
    throw new InvalidArgumentError(`Give one ${name === 'count' ? 'number of objects' : 'share'}.`);
  return { ...previous, ...found };
}

function count(text: string): number {
  if (Number(text) >= 1 && Number(text) <= MAX_OBJECTS) return Number(text);
  throw new InvalidArgumentError(`Give a number of objects, 1 to ${MAX_OBJECTS}, or a share such as 1%.`);
}
