import { type IncomingMessage, ServerResponse } from 'node:http';

/** A response that can be held back before its first byte. */
export class GatewayResponse extends ServerResponse<IncomingMessage> {
  /**
   * Asked once, when the service begins to respond, also with an error; a promise that it returns is awaited, and whatever it
   * throws cuts the connection.
   */
  beforeFirstByte?: () => Promise<void> | void;
  /** Calls that wait until then. */
  #deferred?: (() => void)[];

  override write(...args: unknown[]): boolean {
    const write = () => super.write(...(args as Parameters<ServerResponse['write']>));
    return this.#isHeld(write) ? false : write();
  }

  override end(...args: unknown[]): this {
    const end = () => super.end(...(args as Parameters<ServerResponse['end']>));
    return this.#isHeld(end) ? this : end();
  }

  #isHeld(call: () => void): boolean {
    if (this.#deferred) {
      this.#deferred.push(call);
      return true;
    }
    const hook = this.beforeFirstByte;
    if (!hook) return false;
    this.beforeFirstByte = undefined;
    try {
      const held = hook();
      if (!held) return false;
      this.#deferred = [call];
      void this.#release(held);
    } catch {
      this.destroy();
    }
    return true;
  }

  async #release(held: Promise<void>): Promise<void> {
    await held.catch(() => this.destroy());
    const calls = this.#deferred ?? [];
    this.#deferred = undefined;
    if (this.destroyed) return;
    for (const call of calls) call();
    this.emit('drain');
  }
}
