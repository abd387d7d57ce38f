/**
 * Globs on whole keys: `*` and `?` stay within a segment, `**` crosses slashes. picomatch, which most tools of Node.js match with,
 * compiles them; fill-range, from the same makers, expands `{01..12}`.
 */
import fillRange from 'fill-range';
import picomatch from 'picomatch';

export type KeyTest = (key: string) => boolean;

/** Most characters of a glob. */
const MAX_LENGTH = 1024;

const RANGE = { toRegex: true, strictZeros: true };

const OPTIONS: picomatch.PicomatchOptions = {
  // To S3 a dot, an exclamation mark and a slash at the end are characters like others, and so is a line break.
  dot: true,
  nonegate: true,
  strictSlashes: true,
  flags: 's',
  // `[!a]` is not an `a`, as in shells.
  posix: true,
  windows: false,
  // Throws if a glob does not compile.
  debug: true,
  expandRange: (from: string, to: string, third: unknown) =>
    `(${fillRange(from, to, typeof third === 'string' ? Number(third) : 1, RANGE)})`,
};

/** Whether a key matches at least one of the globs. Throws an Error that names the glob that is not one. */
export function compileGlobs(globs: readonly string[]): KeyTest {
  const tests = globs.map(compile);
  return (key) => tests.some((test) => test(key));
}

/** What every key that matches one of the globs starts with. */
export function literalStart(globs: readonly string[]): string {
  const starts = globs.map((glob) => (/^\.\/|\\/.test(glob) ? '' : picomatch.scan(glob, OPTIONS).base));
  return starts.reduce(commonStart);
}

function commonStart(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}

function compile(glob: string): KeyTest {
  if (glob === '') throw new Error('A glob is empty: give one such as **/*.jpg');
  if (glob.length > MAX_LENGTH) {
    throw new Error(`A glob has ${glob.length} characters: give at most ${MAX_LENGTH}`);
  }
  try {
    return picomatch(glob, OPTIONS);
  } catch (error) {
    // The part of `Invalid regular expression: /…/: Unterminated group` that is about the glob.
    const [message] = (error as Error).message.split(': ').slice(-1);
    throw new Error(
      `${JSON.stringify(glob)} is not a glob (${message}): write \\ before a { ( or [ that belongs to the key`,
    );
  }
}
