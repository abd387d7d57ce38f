/** Log lines: JSON, one object a line, on standard output, where the container's and the Lambda's log drivers read. */

export type LogFields = Record<string, unknown>;

let writeLine: (line: string) => unknown = (line) => process.stdout.write(line);

/** Where lines go, each with its end, in a process that uses its standard output for something else. */
export function redirectLog(write: (line: string) => unknown): void {
  writeLine = write;
}

let redact: ((text: string) => string) | undefined;

/** What every text of a line goes through first. */
export function redactLog(how: (text: string) => string): void {
  redact = how;
}

function replacer(_key: string, value: unknown): unknown {
  return redact && typeof value === 'string' ? redact(value) : value;
}

function write(level: 'info' | 'warn' | 'error', message: string, fields: LogFields): void {
  const line = { timestamp: new Date().toISOString(), level, message, ...fields };
  writeLine(`${JSON.stringify(line, replacer)}\n`);
}

export const log = {
  info: (message: string, fields: LogFields = {}) => write('info', message, fields),
  warn: (message: string, fields: LogFields = {}) => write('warn', message, fields),
  error: (message: string, fields: LogFields = {}) => write('error', message, fields),
};

/** Name and message of whatever was thrown. */
export function describeError(error: unknown): { error: string; cause: string } {
  if (error instanceof Error) return { error: error.name, cause: error.message };
  return { error: 'Error', cause: String(error) };
}
