/**
 * A slot's messages to its worker. Each message that goes alone costs both processes a system call and a wake-up, so those of one turn of
 * the event loop go together.
 */
import type { SlotMessage } from './messages';

export class Outbox {
  private pending: SlotMessage[] = [];

  /** `post`: sends messages. */
  constructor(private readonly post: (messages: SlotMessage[]) => void) {}

  /** Sends it at the end of the event loop's turn. */
  add(message: SlotMessage): void {
    if (this.pending.push(message) === 1) setImmediate(() => this.flush());
  }

  /** Sends it at once, and all before it: code runs next that may block or end the process, and the worker must know which. */
  addNow(message: SlotMessage): void {
    this.pending.push(message);
    this.flush();
  }

  private flush(): void {
    const messages = this.pending;
    this.pending = [];
    if (messages.length > 0) this.post(messages);
  }
}
