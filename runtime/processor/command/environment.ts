import type { SourceObject } from '../object';

/** What a program finds in its environment about its object. Temporary files go to the object's own folder. */
export function objectVariables(
  object: SourceObject,
  { parameters, scratch }: { parameters: object; scratch: string },
): Record<string, string> {
  return {
    OBJECT_KEY: object.key,
    OBJECT_BUCKET: object.bucket,
    OBJECT_ETAG: object.etag,
    OBJECT_SIZE: String(object.size),
    OBJECT_CONTENT_TYPE: object.contentType,
    OBJECT_ATTEMPT: String(object.attempt),
    PARAMETERS: JSON.stringify(parameters),
    TMPDIR: scratch,
  };
}
