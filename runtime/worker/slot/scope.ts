/** What the running code belongs to: an attempt at an object, or the processor's setup. Several are in flight in one process. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import type { LogFields } from '../../log';

export interface Scope {
  /** Fields of its log lines. */
  readonly fields: LogFields;
  /** The processes that it has started. */
  readonly children: Set<ChildProcess>;
  /** Ends it with an error that nothing could catch; false if it has ended already. */
  fail(error: unknown): boolean;
}

export const scopes = new AsyncLocalStorage<Scope>();
