import { PermanentError } from '../permanent-error';

/** The program failed: the object is tried again. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** How a program ended: one of the two. */
export interface ProgramEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** EX_DATAERR of sysexits.h: https://man.freebsd.org/cgi/man.cgi?query=sysexits */
const DATA_ERROR = 65;

/** Undefined if the program succeeded. `message`: the end of its standard error. */
export function failureOf(name: string, { code, signal }: ProgramEnd, message: string): Error | undefined {
  if (code === 0) return undefined;
  if (code === DATA_ERROR) return new PermanentError(message || `${name} exited with code ${code}`);
  return new CommandError(`${name} ${howItEnded({ code, signal })}${message && `: ${message}`}`);
}

export function howItEnded({ code, signal }: ProgramEnd): string {
  if (code !== null) return `exited with code ${code}`;
  const hint = signal === 'SIGKILL' ? ', as the system does when memory runs out' : '';
  return `was ended by ${signal}${hint}`;
}
