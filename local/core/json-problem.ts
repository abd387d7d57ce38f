/** Why a text is not JSON, in the words of Jackson, the parser of AWS's services: their errors quote it. */

/** The deepest nesting of arrays and objects. A deeper document would overflow the stack of code that walks through it. */
export const MAX_DEPTH = 1_000;
export const TOO_DEEP = `Document nesting depth (${MAX_DEPTH + 1}) exceeds the maximum allowed (${MAX_DEPTH}, from \`StreamReadConstraints.getMaxNestingDepth()\`)`;

const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const IDENTIFIER = /[\p{ID_Continue}$_]*/uy;
const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;

/** What is wrong first, and the characters that were read when it showed. */
export interface JsonProblem {
  message: string;
  read: number;
}

/** The problem of a text that JSON.parse refuses. */
export function jsonProblem(text: string): JsonProblem {
  const scanner = new Scanner(text);
  try {
    scanner.value();
    scanner.end();
  } catch (error) {
    if (error instanceof Problem) return { message: error.message, read: scanner.at };
    throw error;
  }
  return { message: 'The text is not JSON', read: text.length };
}

class Problem extends Error {}

class Scanner {
  at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  value(): void {
    const next = this.next();
    if (next === undefined) throw new Problem('No content to map due to end-of-input');
    if (next === '{') this.nested(() => this.object());
    else if (next === '[') this.nested(() => this.array());
    else if (next === '"') this.string();
    else if (/[-\d]/.test(next)) this.number();
    else this.word(next);
  }

  end(): void {
    const next = this.next();
    if (next !== undefined) throw this.unexpected(next, 'Expected space separating root-level values');
  }

  private nested(read: () => void): void {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new Problem(TOO_DEEP);
    read();
    this.depth -= 1;
  }

  /** The next character after white space. */
  private next(): string | undefined {
    while (/[ \t\r\n]/.test(this.text[this.at] ?? '')) this.at += 1;
    return this.text[this.at];
  }

  private unexpected(character: string, why: string): Problem {
    return new Problem(`Unexpected character ('${character}' (code ${character.charCodeAt(0)})): ${why}`);
  }

  private object(): void {
    const start = this.at++;
    for (let first = true; ; first = false) {
      if (first && this.next() === '}') break;
      const quote = this.inside('Object', start);
      if (quote !== '"') throw this.unexpected(quote, 'was expecting double-quote to start field name');
      this.string();
      const colon = this.inside('Object', start);
      if (colon !== ':')
        throw this.unexpected(colon, 'was expecting a colon to separate field name and value');
      this.at += 1;
      this.inside('Object', start);
      this.value();
      if (this.closes('Object', '}', start)) return;
    }
    this.at += 1;
  }

  private array(): void {
    const start = this.at++;
    if (this.inside('Array', start) === ']') {
      this.at += 1;
      return;
    }
    do {
      this.inside('Array', start);
      this.value();
    } while (!this.closes('Array', ']', start));
  }

  /** The next character of what began at `start`. */
  private inside(kind: string, start: number): string {
    const next = this.next();
    if (next !== undefined) return next;
    const marker = `start marker at ${position(this.text, start)}`;
    throw new Problem(`Unexpected end-of-input: expected close marker for ${kind} (${marker})`);
  }

  /** Whether the end follows; a comma does otherwise. */
  private closes(kind: string, end: string, start: number): boolean {
    const next = this.inside(kind, start);
    if (next !== end && next !== ',')
      throw this.unexpected(next, `was expecting comma to separate ${kind} entries`);
    this.at += 1;
    return next === end;
  }

  private string(): void {
    for (this.at += 1; this.text[this.at] !== '"'; this.at += 1) {
      const character = this.text[this.at];
      if (character === undefined) {
        throw new Problem('Unexpected end-of-input: was expecting closing quote for a string value');
      }
      const code = character.charCodeAt(0);
      if (code < 0x20) {
        const how = 'has to be escaped using backslash to be included in string value';
        throw new Problem(`Illegal unquoted character ((CTRL-CHAR, code ${code})): ${how}`);
      }
      if (character === '\\') this.escape();
    }
    this.at += 1;
  }

  private escape(): void {
    const escaped = this.text[this.at + 1];
    if (escaped === undefined) return;
    this.at += 1;
    if (!'"\\/bfnrtu'.includes(escaped)) {
      throw new Problem(`Unrecognized character escape '${escaped}' (code ${escaped.charCodeAt(0)})`);
    }
    const digits = this.text.slice(this.at + 1, this.at + 5);
    const wrong = /[^\da-fA-F]/.exec(digits)?.[0];
    if (escaped === 'u' && wrong) {
      throw this.unexpected(wrong, 'expected a hex-digit for character escape sequence');
    }
  }

  private number(): void {
    NUMBER.lastIndex = this.at;
    const [number = '-'] = NUMBER.exec(this.text) ?? [];
    this.at += number.length;
    const next = this.text[this.at] ?? '';
    if (number === '0' && /\d/.test(next))
      throw new Problem('Invalid numeric value: Leading zeroes not allowed');
    if (number === '-') {
      throw this.unexpected(next, 'expected digit (0-9) to follow minus sign, for valid numeric value');
    }
    if (/[.eE]/.test(next)) throw new Problem(`Decimal point not followed by a digit`);
  }

  private word(first: string): void {
    IDENTIFIER.lastIndex = this.at;
    const [word = ''] = IDENTIFIER.exec(this.text) ?? [];
    if (word === '') throw this.unexpected(first, `expected a valid value ${VALUES}`);
    this.at += word.length;
    if (['true', 'false', 'null'].includes(word)) return;
    throw new Problem(`Unrecognized token '${word}': was expecting ${VALUES}`);
  }
}

function position(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return `[Source: UNKNOWN; line: ${lines.length}, column: ${(lines.at(-1)?.length ?? 0) + 1}]`;
}
