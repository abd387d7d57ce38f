/**
 * Repeats the requests of a client while a problem is temporary: throttling, or a network or a service that does not answer for a while.
 * The SDK's own retries, a few within seconds, come first. A request that starts or stops an execution does no harm if it is sent twice.
 */
import { Readable } from 'node:stream';
import type { InitializeHandler, MiddlewareStack } from '@aws-sdk/types';
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { backOff } from '../runtime/worker/backoff';

/** Why a request waits. */
export interface WaitReason {
  /** `throttled`: AWS has no room for the account's requests. `away`: the network fails, or the service answers 5xx. */
  kind: 'throttled' | 'away';
  /** `DescribeExecution` */
  operation: string;
  error: Error;
}

export interface LongRetryOptions {
  /** Called when requests begin to wait, and again only after one was answered. */
  onWait?(reason: WaitReason): void;
  /**
   * Seconds for which a network or a service may be away; then the error is thrown. Default 900. The client waits only for one that has
   * answered before. It waits out throttling for as long as that lasts.
   */
  awaySeconds?: number;
}

const AWAY_SECONDS = 900;

interface Client<Input extends object, Output extends object> {
  middlewareStack: MiddlewareStack<Input, Output>;
}

/** One for all clients of a deployment: one network. */
export class LongRetry {
  private hasAnswered = false;
  private isWaiting = false;
  private readonly closing = new AbortController();
  /** When a request was last throttled, in milliseconds since the epoch. */
  throttledAt = 0;

  constructor(private readonly options: LongRetryOptions) {}

  attach<Input extends object, Output extends object>({ middlewareStack }: Client<Input, Output>): void {
    const repeat =
      (next: InitializeHandler<Input, Output>, { commandName = '' }): InitializeHandler<Input, Output> =>
      (args) =>
        // The SDK cannot send a stream twice.
        'Body' in args.input && args.input.Body instanceof Readable
          ? next(args)
          : this.retry(() => next({ ...args }), commandName.replace(/Command$/, ''));
    middlewareStack.add(repeat, { step: 'initialize', priority: 'high', name: 'long-retry' });
  }

  /** Repeats the call until it succeeds, fails for good, or has had no answer for too long. */
  async retry<Result>(call: () => Promise<Result>, operation: string): Promise<Result> {
    const { awaySeconds = AWAY_SECONDS, onWait } = this.options;
    let awaySince: number | undefined;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const result = await call();
        this.hasAnswered = true;
        this.isWaiting = false;
        return result;
      } catch (error) {
        const kind = waitReasonOf(error);
        this.hasAnswered ||= kind !== 'away';
        if (kind === undefined || !this.hasAnswered) throw error;
        if (kind === 'throttled') {
          this.throttledAt = Date.now();
          awaySince = undefined;
        } else {
          awaySince ??= Date.now();
          if (Date.now() - awaySince >= awaySeconds * 1000) throw error;
        }
        if (!this.isWaiting) onWait?.({ kind, operation, error: error as Error });
        this.isWaiting = true;
        await backOff(attempt, this.closing.signal);
      }
    }
  }

  /** Requests that wait end. */
  close(): void {
    this.closing.abort();
  }
}

/** Undefined for an error that is not temporary. */
export function waitReasonOf(error: unknown): WaitReason['kind'] | undefined {
  if (!(error instanceof Error)) return undefined;
  const sdkError = error as Parameters<typeof isThrottlingError>[0];
  if (isThrottlingError(sdkError)) return 'throttled';
  return isTransientError(sdkError) || isServerError(sdkError) ? 'away' : undefined;
}
