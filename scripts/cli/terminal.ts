/**
 * The output of scripts. Keys, messages of services and names of folders may hold any character: some are commands to a
 * terminal, some turn the direction of text, some are invisible. Standard output and standard error show them as escapes,
 * also for code that writes directly: `runCommand` guards both streams before anything else runs.
 */

/**
 * Characters that are escaped: control and format characters (C0, C1, bidirectional, zero-width, tags), line and paragraph separators,
 * halves of surrogate pairs, and others that Unicode calls invisible or not a character (UAX #44, General_Category,
 * Default_Ignorable_Code_Point, Noncharacter_Code_Point).
 */
const HIDDEN =
  '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}]';
const ANY_HIDDEN = new RegExp(HIDDEN, 'u');
/** Emoji are shown whole: the joiners, variation selectors and tags in those that Unicode recommends (UTS #51) are part of one picture. */
const EMOJI_OR_HIDDEN = `((?=[^\\0-\\x7f]|[#*0-9]\\ufe0f)\\p{RGI_Emoji})|${HIDDEN}`;
/** Compiled for the first text that needs it, since that takes as long as all the rest of a short command. */
let emojiOrHidden: RegExp | undefined;

/** `\u202e` for U+202E: each UTF-16 unit as JSON writes it, so that a JSON document that is shown still parses to the same value. */
const escapeUnits = (hidden: string) =>
  hidden
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** The text with all that a terminal would not show as a character of its own escaped, line breaks as well. */
export function visible(text: string): string {
  if (!ANY_HIDDEN.test(text)) return text;
  emojiOrHidden ??= new RegExp(EMOJI_OR_HIDDEN, 'gv');
  return text.replace(emojiOrHidden, (hidden, emoji?: string) => emoji ?? escapeUnits(hidden));
}

/** Control Sequence Introducer, Erase in Line: from the cursor to its end (ECMA-48). A line that is erased first would flicker. */
const CLEAR_REST = '\u001b[K';

type Write = (text: string, written?: (error?: Error | null) => void) => boolean;

/** Writes to standard error as it is. */
const writeToTerminal: Write = process.stderr.write.bind(process.stderr);

/**
 * From now on each write to the stream is one line: a line break ends it, and one within it is escaped like any other control
 * character, so that no name can look like a line of its own. Text of several lines is written line by line.
 */
function guard(stream: NodeJS.WriteStream): void {
  const write: Write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const end = text.endsWith('\n') ? '\n' : '';
    const written = rest.find((each) => typeof each === 'function') as Parameters<Write>[1];
    return write(visible(text.slice(0, text.length - end.length)) + end, written);
  };
}

export function guardTerminal(): void {
  // The reader of the output may stop: `… | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  guard(process.stdout);
  guard(process.stderr);
}

/** Writes lines to standard output. */
export function print(lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/** Writes a document for machines, in one line, to standard output. */
export function printJson(value: object): void {
  print([JSON.stringify(value)]);
}

/** Writes lines to standard error. */
export function tell(lines: string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`);
}

/** Replaces the last line of the terminal at standard error, as far as its width goes. The only control codes that scripts send. */
export function rewriteLine(text: string): void {
  const shown = [...visible(text)].slice(0, process.stderr.columns - 1);
  writeToTerminal(`\r${shown.join('')}${CLEAR_REST}`);
}
