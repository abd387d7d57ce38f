/** Holds requests back before the service carries them out, so that the event that a test waits for comes first on any machine. */
import type { RequestHandle } from '../../local/core/gateway';

/** Holds one request back. */
export class Hold {
  /** Resolves when the request has arrived. */
  readonly reached: Promise<void>;
  private readonly released: Promise<void>;
  private reach = () => {};
  private open = () => {};
  private held = false;

  /** Whether the request has arrived. */
  get isReached(): boolean {
    return this.held;
  }

  /** Holds only the first request that matches. */
  constructor(private readonly matches: (handle: RequestHandle) => boolean) {
    this.reached = new Promise((resolve) => {
      this.reach = resolve;
    });
    this.released = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  /** For the local cloud's `intercept`. */
  intercept(handle: RequestHandle): Promise<void> | undefined {
    if (this.held || !this.matches(handle)) return undefined;
    this.held = true;
    this.reach();
    return this.released;
  }

  release(): void {
    this.open();
  }
}

/** Holds back every request that matches, until a test opens the gate. */
export class Gate {
  private isOpen = false;
  private letThrough = () => {};
  private readonly opened = new Promise<void>((resolve) => {
    this.letThrough = resolve;
  });

  constructor(private readonly matches: (handle: RequestHandle) => boolean) {}

  /** For the local cloud's `intercept`. */
  intercept(handle: RequestHandle): Promise<void> | undefined {
    return this.isOpen || !this.matches(handle) ? undefined : this.opened;
  }

  open(): void {
    this.isOpen = true;
    this.letThrough();
  }
}

/**
 * Matches the request by which a worker reads an object whose key has this prefix. If it is held, the worker has begun the object and
 * cannot end it.
 */
export function isRead(prefix: string, handle: RequestHandle): boolean {
  const keyOf = (arn: string) => arn.slice(arn.indexOf('/') + 1);
  return (
    handle.action === 'GetObject' &&
    isBy('worker', handle) &&
    Boolean(handle.resources?.some((arn) => keyOf(arn).startsWith(prefix)))
  );
}

/** Matches a request of a role of the stack: `provisioner`, `worker`, `workflow`. */
export function isBy(role: string, { caller }: RequestHandle): boolean {
  return caller?.roleName?.includes(`-${role}-`) ?? false;
}
