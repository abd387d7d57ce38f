/** Requests that are held back before the service carries them out: what a test must see comes first on any machine. */
import type { RequestHandle } from '../../local/core/gateway';

/** Holds one request back. */
export class Hold {
  /** Resolves when the request is there. */
  readonly reached: Promise<void>;
  private readonly released: Promise<void>;
  private reach = () => {};
  private open = () => {};
  private held = false;

  /** The request is there, or was. */
  get isReached(): boolean {
    return this.held;
  }

  /** Holds the first request that matches, and no other. */
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

/** Holds back every request that matches, until it is opened. */
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

/** A worker reads an object whose key starts so: it has begun with it, and cannot end. */
export function isRead(prefix: string, handle: RequestHandle): boolean {
  const keyOf = (arn: string) => arn.slice(arn.indexOf('/') + 1);
  return (
    handle.action === 'GetObject' &&
    isBy('worker', handle) &&
    Boolean(handle.resources?.some((arn) => keyOf(arn).startsWith(prefix)))
  );
}

/** A request of a role of the stack: `provisioner`, `worker`, `workflow`. */
export function isBy(role: string, { caller }: RequestHandle): boolean {
  return caller?.roleName?.includes(`-${role}-`) ?? false;
}
