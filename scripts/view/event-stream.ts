/** Server-sent events to one page: https://html.spec.whatwg.org/multipage/server-sent-events.html */
import type { ServerResponse } from 'node:http';
import type { RunEvent } from '../../page/run-view';
import { KEPT_LINES } from './kept-lines';

type Events = { lines?: string[]; run?: object; problem?: string; isOver?: true };

/** A tab that sleeps takes no events. Meanwhile only the newest are kept, since a page may sleep for as long as a run takes. */
export class EventStream {
  private waiting: Events = {};

  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    response.on('drain', () => this.send());
  }

  tell(event: RunEvent): void {
    const { lines = [] } = this.waiting;
    const more = 'lines' in event ? { lines: [...lines, ...event.lines].slice(-KEPT_LINES) } : event;
    this.waiting = { ...this.waiting, ...more };
    this.send();
  }

  private send(): void {
    if (this.response.writableNeedDrain) return;
    const { waiting } = this;
    this.waiting = {};
    for (const [name, value] of Object.entries(waiting))
      this.response.write(`data: ${JSON.stringify({ [name]: value })}\n\n`);
  }
}
