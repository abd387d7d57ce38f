import * as z from 'zod';
import { invalidManifest } from '../selection-error';
import { parseReference, quote, type Reference } from './reference';

const Entry = z.object({
  Key: z.string(),
  Bucket: z.string().nullish(),
  VersionId: z.string().nullish(),
});

/** `{"Key": "…"}`, optionally with `Bucket`; other members mean nothing. */
export function parseJsonLine(text: string, where: string): Reference {
  const entry = Entry.safeParse(parse(text));
  if (!entry.success) throw invalidManifest(`${where} is ${quote(text)}: write {"Key": "…"}`);
  const { Key, Bucket, VersionId } = entry.data;
  const reference = parseReference(Key, where);
  return {
    key: reference.key,
    bucket: reference.bucket ?? Bucket ?? undefined,
    versionId: reference.versionId ?? VersionId ?? undefined,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
