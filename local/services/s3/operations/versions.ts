/** Buckets here are without versioning: every object has one version, `null`. */
import { s3Error } from '../protocol/errors';
import type { ObjectLocation } from '../request';

/** The version of every object. */
export const ONLY_VERSION = 'null';
/** Ids that S3 makes have this form. It distinguishes an id that no version has from a text that is not an id. */
const VERSION_ID = /^[\w.]{32}$/;
/** Operations that make an object take no version of it. */
const WRITES = /^(Put|Copy)Object$|Part/;

/** Throws InvalidArgument if the operation takes no version, or the id is not one. */
export function checkVersion(operation: string, versionId: string | undefined): void {
  if (versionId === undefined) return;
  const refuse = (Message: string) =>
    s3Error('InvalidArgument', { Message, ArgumentName: 'versionId', ArgumentValue: versionId });
  if (WRITES.test(operation)) throw refuse('This operation does not accept a version-id.');
  if (!isVersionId(versionId)) throw refuse('Invalid version id specified');
}

export const isVersionId = (text: string): boolean => text === ONLY_VERSION || VERSION_ID.test(text);

/** Whether a request is about the object that is there, and not about a version that is not. */
export const isPresentVersion = ({ versionId = ONLY_VERSION }: Pick<ObjectLocation, 'versionId'>): boolean =>
  versionId === ONLY_VERSION;

/** IAM has actions of their own for requests that name a version: `GetObjectVersion`. */
export const versionedAction = (action: string, { versionId }: Pick<ObjectLocation, 'versionId'>): string =>
  versionId === undefined ? action : action.replace(/^(Get|Delete)Object/, '$1ObjectVersion');
