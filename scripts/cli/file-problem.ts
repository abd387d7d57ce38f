/** The remedy for a file that cannot be written: a read-only checkout, another user's folder, a full disk. */

const REMEDIES: Record<string, string> = {
  EROFS: 'the file system is read-only: copy the checkout to a folder that you can write to',
  EACCES: 'you may not write there: change the permissions, or use a checkout of your own',
  EPERM: 'you may not write there: change the permissions, or use a checkout of your own',
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'your disk quota is used up: free some space',
};

/** The problem and its remedy, for an error of the file system; undefined for another error. */
export function fileProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', path, syscall } = error as NodeJS.ErrnoException;
  // What Node says when it makes a folder with those above it on a read-only file system.
  const remedy = REMEDIES[code === 'ENOENT' && syscall === 'mkdir' ? 'EROFS' : code];
  return remedy && path ? `${path} cannot be written (${code} in ${syscall}): ${remedy}.` : undefined;
}
