/** Shares as people write them. */

/** `1%`, `0.01` and `1e-2`, as JavaScript writes small numbers, are the same. Throws an Error that says what is allowed. */
export function parseShare(text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?(?:e-\d+)?|\.\d+) ?(%)?$/.exec(text.trim()) ?? [];
  const share = Number(number) / (percent ? 100 : 1);
  if (share > 0 && share <= 1) return share;
  throw new Error(
    `${JSON.stringify(text)} is not a share: give a percentage such as 1%, or a number above 0 and up to 1 such as 0.01`,
  );
}
