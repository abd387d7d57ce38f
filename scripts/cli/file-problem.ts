/** The remedy for a file that cannot be written: a read-only checkout, another user's folder, a full disk. */

const REMEDIES: Record<string, string> = {
  EROFS: 'the file system is read-only: copy the checkout to a folder that you can write to',
  EACCES: 'you may not write there: make it yours, or use a checkout that is',
  EPERM: 'you may not write there: make it yours, or use a checkout that is',
  ENOSPC: 'the disk is full: make room',
  EDQUOT: 'your share of the disk is used up: make room',
};

/** The problem and its remedy, for an error of the file system; undefined for another error. */
export function fileProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', path, syscall } = error as NodeJS.ErrnoException;
  // What Node says when it makes a folder with those above it on a read-only file system.
  const remedy = REMEDIES[code === 'ENOENT' && syscall === 'mkdir' ? 'EROFS' : code];
  return remedy && path ? `${path} cannot be written (${code} in ${syscall}): ${remedy}.` : undefined;
}
