/**
 * S3 Inventory: a manifest.json that names gzipped CSV files.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 */
import * as z from 'zod';
import { describeIssues } from '../../issues';
import type { Candidate } from '../candidate';
import { invalidManifest } from '../selection-error';
import type { CsvLayout } from './csv';
import { checkedKey, quote } from './reference';

const Document = z.object({
  sourceBucket: z.string(),
  destinationBucket: z.string(),
  fileFormat: z.string(),
  fileSchema: z.string(),
  files: z.array(z.object({ key: z.string() })),
});

export interface Inventory {
  layout: CsvLayout;
  /** Keys of the CSV files, in the manifest's bucket. */
  files: string[];
}

/** Whether the text, the whole document, is an inventory's manifest. */
export function isInventory(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'fileSchema' in document && 'files' in document;
}

/** Throws a SelectionError. */
export function readInventory(document: unknown, manifestBucket: string, objectsBucket: string): Inventory {
  const parsed = Document.safeParse(document);
  if (!parsed.success) {
    throw invalidManifest(
      `The manifest.json is not a manifest of S3 Inventory: ${describeIssues(parsed.error)}`,
    );
  }
  const { sourceBucket, destinationBucket, fileFormat, fileSchema, files } = parsed.data;
  if (fileFormat !== 'CSV') {
    throw invalidManifest(
      `The inventory's files are ${fileFormat}: configure an inventory in the format CSV`,
    );
  }
  if (sourceBucket !== objectsBucket) {
    throw invalidManifest(
      `The inventory is of the bucket ${sourceBucket}, and this execution processes objects of ${objectsBucket}: name the bucket in the input`,
    );
  }
  const destination = destinationBucket.replace(/^arn:[^:]+:s3:::/, '');
  if (destination !== manifestBucket) {
    throw invalidManifest(
      `The inventory's files are in the bucket ${destination}, and its manifest.json in ${manifestBucket}: copy the files beside it, or have the inventory written there`,
    );
  }
  return { layout: layoutOf(fileSchema), files: files.map(({ key }) => key) };
}

/** Undefined for a version that is not current, and for a delete marker. Throws a SelectionError. */
export function inventoryCandidate(
  fields: string[],
  layout: CsvLayout,
  objectsBucket: string,
  where: string,
): Candidate | undefined {
  const field = (index: number | undefined) => (index === undefined ? undefined : fields[index] || undefined);
  if (field(layout.isLatest) === 'false' || field(layout.isDeleteMarker) === 'true') return undefined;
  const bucket = field(layout.bucket);
  const key = checkedKey({ key: decode(field(layout.key) ?? '', where), bucket }, objectsBucket, where);
  const [size, modified] = [field(layout.size), field(layout.modified)];
  return {
    key,
    size: size === undefined ? undefined : Number(size),
    modified: modified === undefined ? undefined : Date.parse(modified),
    storageClass: field(layout.storageClass),
  };
}

/** Its keys are URL-encoded, with a plus for a space. */
function decode(key: string, where: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw invalidManifest(`${where} has the key ${quote(key)}: it is not URL-encoded`);
  }
}

/** The data of an ETag may be days old, so it is left out. */
function layoutOf(fileSchema: string): CsvLayout {
  const names = fileSchema.split(',').map((name) => name.trim());
  const find = (name: string) => (names.includes(name) ? names.indexOf(name) : undefined);
  const key = find('Key');
  if (key === undefined) throw invalidManifest(`The inventory has no column Key: ${fileSchema}`);
  const [isLatest, isDeleteMarker] = [find('IsLatest'), find('IsDeleteMarker')];
  if (find('VersionId') !== undefined && isLatest === undefined) {
    throw invalidManifest(
      `The inventory has versions, and no column that says which is current: ${fileSchema}`,
    );
  }
  return {
    delimiter: ',',
    key,
    bucket: find('Bucket'),
    isLatest,
    isDeleteMarker,
    size: find('Size'),
    modified: find('LastModifiedDate'),
    storageClass: find('StorageClass'),
  };
}
