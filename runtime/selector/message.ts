/** A selection in one line for people. If nothing is selected, it says what is there. */
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { SelectionCounts, SelectorEvent } from '../contract';
import type { S3Clients } from '../s3/clients';
import type { Criterion } from './criteria/criteria';
import type { Select } from './criteria/select';
import { MAX_KEYS } from './key-set';
import type { Selection } from './selection';
import type { Source } from './sources';
import { decodeListed } from './sources/prefix';
import { formatSize } from './text/size';

const REFUSED: Record<Criterion, string> = {
  match: 'do not match',
  exclude: 'are excluded',
  larger_than: 'are not larger than larger_than',
  smaller_than: 'are not smaller than smaller_than',
  modified_after: 'are older than modified_after',
  modified_before: 'are not older than modified_before',
  storage_class: 'have another storage class',
  sample: 'are outside of the sample',
};

/** Prefixes that a message names. */
const MAX_PREFIXES = 5;

export async function describeSelection(
  s3: Pick<S3Clients, 'of'>,
  source: Source,
  event: Pick<SelectorEvent, 'prefix'>,
  { counts, keys, select }: Pick<Selection, 'counts' | 'keys' | 'select'>,
): Promise<string> {
  const parts = [counts.selected > 0 ? selected(counts) : 'No object is selected', ...leftOut(counts)];
  if (keys.isFull)
    parts.push(`keys that were named twice after the first ${count(MAX_KEYS)} keys count twice`);
  if (counts.selected > 0) return `${parts.join('; ')}.`;
  if (counts.up_to_date > 0) return `${parts.join('; ')}.`;
  const hints = counts.seen > 0 ? examples(counts, select) : await nothingSeen(s3, source, event.prefix);
  return [`${parts.join('; ')}.`, ...hints].join(' ');
}

function selected(counts: SelectionCounts): string {
  const size = counts.without_size > 0 ? '' : ` (${formatSize(counts.bytes)})`;
  return `${count(counts.selected)} of ${count(counts.seen)} objects selected${size}`;
}

function leftOut({ refused, up_to_date, duplicates, missing }: SelectionCounts): string[] {
  const parts = (Object.keys(REFUSED) as Criterion[]).map((name): [number, string] => [
    refused[name] ?? 0,
    REFUSED[name],
  ]);
  parts.push(
    [up_to_date, 'are up to date'],
    [duplicates, 'are named twice'],
    [missing, 'are selected although they do not exist'],
  );
  return parts.filter(([number]) => number > 0).map(([number, words]) => `${count(number)} ${words}`);
}

function examples({ seen, examples: keys, refused }: SelectionCounts, { match }: Select): string[] {
  const hints = [`There are for example ${keys.map((key) => JSON.stringify(key)).join(', ')}.`];
  const shallow = refused.match === seen ? match?.find((glob) => !glob.includes('/')) : undefined;
  if (shallow !== undefined)
    hints.push(`A glob is matched with the whole key: **/${shallow} is at any depth.`);
  return hints;
}

async function nothingSeen(s3: Pick<S3Clients, 'of'>, source: Source, given = ''): Promise<string[]> {
  if (source.kind !== 'prefix') return ['The manifest names no object.'];
  const { bucket, prefix } = source;
  const where = prefix === '' ? `The bucket ${bucket}` : `${JSON.stringify(prefix)} in the bucket ${bucket}`;
  const nearest = await nearestPrefixes(s3.of(bucket), bucket, prefix);
  const hints = [`${where} holds no object${given === prefix ? '' : ', where the glob starts'}.`];
  if (nearest.length > 0) hints.push(`There are ${nearest.map((each) => JSON.stringify(each)).join(', ')}.`);
  return hints;
}

/** The neighbours of the prefix, or, if it has none, those a level above. Names that start alike come first. */
async function nearestPrefixes(s3: S3Client, bucket: string, prefix: string): Promise<string[]> {
  for (let parent = prefix; parent !== ''; ) {
    parent = parent.slice(0, parent.lastIndexOf('/', parent.length - 2) + 1);
    const found = await listChildren(s3, bucket, parent);
    if (found.length > 0)
      return found.sort((a, b) => alike(b, prefix) - alike(a, prefix)).slice(0, MAX_PREFIXES);
  }
  return [];
}

async function listChildren(s3: S3Client, bucket: string, parent: string): Promise<string[]> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: parent,
    Delimiter: '/',
    EncodingType: 'url',
  });
  // The selector may list the prefix, but perhaps not what is above it.
  const { CommonPrefixes = [], Contents = [] } = await s3.send(command).catch(() => ({}) as never);
  const names = [...CommonPrefixes.map(({ Prefix = '' }) => Prefix), ...Contents.map(({ Key = '' }) => Key)];
  return names.map(decodeListed);
}

/** Characters at which two texts agree from their starts on. */
function alike(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
