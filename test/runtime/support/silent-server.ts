/** A server of AWS's JSON protocol or of S3 that answers when the test says so, or never. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { serviceEnvironment, setEnvironment } from './environment';

export class SilentServer {
  /** Requests that have arrived so far, including those that have an answer. */
  readonly requests: { body: string; response: ServerResponse }[] = [];
  private readonly replies: ((response: ServerResponse) => void)[] = [];
  private readonly server = createServer(async (request, response) => {
    this.requests.push({ body: await text(request), response });
    this.replies.shift()?.(response);
    this.server.emit('read');
  });
  private restoreEnvironment = () => {};

  /** Until `close`, the environment lets SDK clients reach it. */
  static async start(): Promise<SilentServer> {
    const silent = new SilentServer();
    await new Promise<void>((resolve) => silent.server.listen(0, '127.0.0.1', resolve));
    const { port } = silent.server.address() as AddressInfo;
    const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
    const environment = serviceEnvironment(`http://127.0.0.1:${port}`, credentials);
    silent.restoreEnvironment = setEnvironment(environment);
    return silent;
  }

  /** Resolves when this number of requests has arrived. */
  async until(count: number): Promise<void> {
    while (this.requests.length < count) await once(this.server, 'read');
  }

  /**
   * The same with mocked timers. It lets a tenth of a second pass, so that clients that wait a moment before a request send it. An example
   * is the SDK before another attempt, with `Math.random` at 0.
   */
  async untilTicking(count: number): Promise<void> {
    for (let ticks = 0; ticks < 100 && this.requests.length < count; ticks += 1) {
      mock.timers.tick(1);
      await setImmediate();
    }
    await this.until(count);
  }

  /** Answers the next request that has no answer yet: with JSON, or with a text as it is. */
  reply(status: number, body: object | string): void {
    this.replies.push((response) =>
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body)),
    );
  }

  close(): void {
    this.restoreEnvironment();
    this.server.closeAllConnections();
    this.server.close();
  }
}
