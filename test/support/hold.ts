/** Holds a request back before the service carries it out. */
import type { RequestHandle } from '../../local/gateway';

export class Hold {
  /** Resolves when the request is there. */
  readonly reached: Promise<void>;
  private readonly released: Promise<void>;
  private reach = () => {};
  private open = () => {};
  private held = false;

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

/** A request of a role of the stack: `provisioner`, `worker`, `workflow`. */
export function isBy(role: string, { caller }: RequestHandle): boolean {
  return caller?.roleName?.includes(`-${role}-`) ?? false;
}
