/** The log of a processor: JSON lines with the key of their object. Nothing that a processor logs can fail. */
import { inspect } from 'node:util';
import { type LogFields, log } from '../../../log';
import type { ProcessorLog } from '../../../processor';
import { describeError, isErrorLike } from '../errors/describe-error';
import { scopes } from '../scope';

/** CloudWatch Logs takes 256 KB a line; nobody reads that much. */
const MAX_MESSAGE_CHARACTERS = 16_384;

type Level = keyof ProcessorLog;

/** `fields`: of every line, such as the key. Those of a line cannot take their place. */
export function processorLog(fields: LogFields): ProcessorLog {
  const at =
    (level: Level) =>
    (message: string, more: LogFields = {}) =>
      write(level, message, { ...plain(more), ...fields });
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Logs what was written to the console, by default for what the running code belongs to. */
export function logConsole(level: Level, message: string, scope = scopes.getStore()): void {
  write(level, message, scope?.fields ?? {});
}

function write(level: Level, message: string, fields: LogFields): void {
  const text = String(message);
  log[level](
    text.length > MAX_MESSAGE_CHARACTERS ? `${text.slice(0, MAX_MESSAGE_CHARACTERS)}…` : text,
    fields,
  );
}

/** Fields that JSON can hold, and that leave a line's own alone. */
function plain(fields: LogFields): LogFields {
  const { timestamp: _, level: __, message: ___, ...own } = fields;
  try {
    return JSON.parse(
      JSON.stringify(own, (_key, value) => {
        if (typeof value === 'bigint') return String(value);
        return value instanceof Error && isErrorLike(value) ? describeError(value) : value;
      }),
    );
  } catch {
    return { fields: inspect(own) };
  }
}
