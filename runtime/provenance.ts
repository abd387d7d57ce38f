/**
 * What an output was made from, and by what: one entry of its user metadata. A slot writes it with the output. Slots and the selector
 * compare it to see whether the output is up to date.
 */
import { hash } from 'node:crypto';
import { canonical } from './canonical';

export interface Provenance {
  /** The source's ETag, without quotes. */
  etag: string;
  /** Hash of the source's bucket and key. */
  source: string;
  /** The processor's name. */
  processor: string;
  version: string;
  /** Hash of the parameters as the execution gives them, with the defaults filled in. */
  parameters: string;
  /** Hash of the environment variables that the deployment gives to processors; empty if it gives none. */
  environment: string;
}

/** Name of the entry. Its value is ASCII, at most 300 bytes. */
export const PROVENANCE_ENTRY = 'made-from';

/** In the order in which a difference is named. */
const PARTS = ['etag', 'source', 'processor', 'version', 'parameters', 'environment'] as const;
const SOURCE_DIGITS = 32;
const DIGITS = 16;
/** S3's own ETags have at most 38 characters: those of a multipart upload of 10,000 parts. */
const PLAIN_ETAG = /^[\w.-]{1,64}$/;

export function formatProvenance(provenance: Provenance): string {
  return PARTS.map((part) => `${part}=${provenance[part]}`).join('; ');
}

/**
 * Reads an output's user metadata. Undefined if it has no provenance. Outputs of the first version carry `source-etag` and
 * `processor` (`<name>@<version>`): parts that nobody knows are missing.
 */
export function parseProvenance(
  metadata: Record<string, string>,
): (Pick<Provenance, 'etag' | 'processor' | 'version'> & Partial<Provenance>) | undefined {
  const text = metadata[PROVENANCE_ENTRY];
  if (text === undefined) return parseFirstVersion(metadata);
  const parts = Object.fromEntries(text.split('; ').map((part) => splitAt(part, part.indexOf('='))));
  return PARTS.every((part) => part in parts) ? (parts as unknown as Provenance) : undefined;
}

function parseFirstVersion({ 'source-etag': etag, processor = '' }: Record<string, string>) {
  const [name, version] = splitAt(processor, processor.lastIndexOf('@'));
  return etag !== undefined && name && version ? { etag, processor: name, version } : undefined;
}

function splitAt(text: string, index: number): [string, string] {
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

/** The ETag as provenance has it: another store than S3 may have ETags of any length and characters. */
export function provenanceEtag(etag: string): string {
  return PLAIN_ETAG.test(etag) ? etag : shortHash(etag, SOURCE_DIGITS);
}

export function hashSource(bucket: string, key: string): string {
  return shortHash(`${bucket}/${key}`, SOURCE_DIGITS);
}

/** `parameters`: as the execution gives them, with the defaults filled in. */
export function hashParameters(parameters: object): string {
  return shortHash(canonical(parameters), DIGITS);
}

/** `names`: of the variables. Empty if there are none. */
export function hashEnvironment(environment: NodeJS.ProcessEnv, names: string[]): string {
  if (names.length === 0) return '';
  return shortHash(
    canonical(Object.fromEntries(names.map((name) => [name, environment[name] ?? null]))),
    DIGITS,
  );
}

function shortHash(text: string, digits: number): string {
  return hash('sha256', text).slice(0, digits);
}
