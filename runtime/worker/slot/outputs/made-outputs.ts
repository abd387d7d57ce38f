/** What is there of an object's outputs already: whether it is up to date, and whose it is. */
import type { ObjectResult } from '../../../contract';
import { hashParameters, type Provenance, parseProvenance } from '../../../provenance';
import type { ObjectStore } from '../../../s3/object-store';
import { TaskError } from '../../task-error';
import { storageError } from '../errors/failure';

/** Requests for the outputs of one object at a time. */
const MAX_REQUESTS = 8;

/** What an output that is up to date was made from, except the source's ETag. */
export type Making = Omit<Provenance, 'etag'>;

export interface MadeOutputs {
  /** ETags of the sources that the outputs which are there were made from. */
  etags: string[];
  /** An output is missing. */
  isIncomplete: boolean;
  /** What has changed first since one of them was made. */
  changed?: 'version' | 'parameters' | 'environment';
  /** Another wrote one of them. */
  foreign?: TaskError;
}

/** Throws a TaskError if S3 does not answer. */
export async function findMadeOutputs(
  store: ObjectStore,
  keys: string[],
  making: Making,
): Promise<MadeOutputs> {
  const metadata: (Record<string, string> | undefined)[] = [];
  for (let first = 0; first < keys.length; first += MAX_REQUESTS) {
    const some = keys.slice(first, first + MAX_REQUESTS);
    metadata.push(...(await Promise.all(some.map((key) => readMetadata(store, key)))));
  }
  const found: MadeOutputs = { etags: [], isIncomplete: metadata.includes(undefined) };
  for (const [index, entries] of metadata.entries()) {
    if (!entries) continue;
    found.foreign ??= foreignOutput(keys[index] as string, entries, making);
    const made = parseProvenance(entries);
    if (!made) continue;
    found.etags.push(made.etag);
    found.changed ??= changeSince(made, making);
  }
  return found;
}

/** Throws a TaskError if what is there is another's. */
export async function checkOwner(store: ObjectStore, key: string, making: Making): Promise<void> {
  const metadata = await readMetadata(store, key);
  const foreign = metadata && foreignOutput(key, metadata, making);
  if (foreign) throw foreign;
}

/** The ETag of the source from which this processor, as it is now, made all outputs; undefined if it did not. */
export function upToDateEtag({ etags, isIncomplete, changed, foreign }: MadeOutputs): string | undefined {
  if (isIncomplete || changed || foreign || new Set(etags).size !== 1) return undefined;
  return etags[0];
}

/** Why outputs that are there are made again; undefined if none is. `etag`: of the source, as provenance has it. */
export function whyMadeAgain(
  { etags, isIncomplete, changed }: MadeOutputs,
  etag: string,
): ObjectResult['made_again'] {
  if (etags.some((one) => one !== etag)) return 'source';
  return changed ?? (isIncomplete && etags.length > 0 ? 'outputs' : undefined);
}

async function readMetadata(store: ObjectStore, key: string): Promise<Record<string, string> | undefined> {
  try {
    return await store.head(key);
  } catch (error) {
    throw storageError(error, `${key} could not be checked`);
  }
}

/** An output of the first version does not say which object it was made from. */
function foreignOutput(
  key: string,
  metadata: Record<string, string>,
  { source, processor }: Making,
): TaskError | undefined {
  const made = parseProvenance(metadata);
  if (made?.processor === processor && (made.source ?? source) === source) return undefined;
  const writer = !made
    ? 'not written by a processor'
    : made.processor === processor
      ? `written by ${processor} from another object`
      : `written by the processor ${made.processor}`;
  return new TaskError(
    'ForeignOutput',
    `${key} was ${writer}, so it is not overwritten: give another output_prefix, or force to overwrite it`,
  );
}

function changeSince(made: Partial<Provenance>, making: Making): MadeOutputs['changed'] {
  if (made.version !== making.version) return 'version';
  // An output of the first version knows of no parameters, and of no environment.
  if ((made.parameters ?? hashParameters({})) !== making.parameters) return 'parameters';
  if ((made.environment ?? '') !== making.environment) return 'environment';
  return undefined;
}
