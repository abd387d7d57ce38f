/**
 * Makes what a processor and its packages write to the console, or to standard output and error, log lines: JSON, one object a line,
 * with the key of their object.
 */
import { format } from 'node:util';
import { redirectLog } from '../../../log';
import type { ProcessorLog } from '../../../processor';
import { type Scope, scopes } from '../scope';
import { logConsole } from './processor-log';

type Level = keyof ProcessorLog;

const METHODS = {
  debug: 'info',
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
  trace: 'warn',
} as const satisfies Partial<Record<keyof Console, Level>>;

/** A line without an end is written when it is so long. */
const MAX_PENDING_CHARACTERS = 16_384;

/** Text without a line end yet, by what it belongs to. */
interface Pending {
  level: Level;
  text: WeakMap<Scope, string>;
}
/** What belongs to nothing. */
const NOBODY: Scope = { fields: {}, children: new Set(), fail: () => false };
const streams: Pending[] = [];

export function captureConsole(): void {
  const { write } = process.stdout;
  redirectLog((line) => write.call(process.stdout, line));
  for (const [method, level] of Object.entries(METHODS) as [keyof typeof METHODS, Level][])
    console[method] = (...values: unknown[]) => logConsole(level, format(...values));
  captureStream(process.stdout, 'info');
  captureStream(process.stderr, 'warn');
  process.on('exit', () => flushConsole());
}

/** Logs what has no line end yet, at the end of what it belongs to. */
export function flushConsole(scope = NOBODY): void {
  for (const { level, text } of streams) {
    const rest = text.get(scope);
    text.delete(scope);
    if (rest) logConsole(level, rest, scope);
  }
}

function captureStream(stream: NodeJS.WriteStream, level: Level): void {
  const text = new WeakMap<Scope, string>();
  streams.push({ level, text });
  stream.write = ((chunk: string | Uint8Array, ...more: unknown[]) => {
    const scope = scopes.getStore() ?? NOBODY;
    const lines = `${text.get(scope) ?? ''}${typeof chunk === 'string' ? chunk : Buffer.from(chunk)}`.split(
      /\r?\n/,
    );
    const rest = lines.pop() ?? '';
    for (const line of lines) if (line) logConsole(level, line);
    if (rest.length > MAX_PENDING_CHARACTERS) logConsole(level, rest);
    text.set(scope, rest.length > MAX_PENDING_CHARACTERS ? '' : rest);
    const callback = more.at(-1);
    if (typeof callback === 'function') process.nextTick(callback);
    return true;
  }) as typeof stream.write;
}
