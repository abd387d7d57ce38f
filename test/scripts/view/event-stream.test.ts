/** The events for a page that reads them late. */
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { RunEvent } from '../../../page/run-view';
import { EventStream } from '../../../scripts/view/event-stream';

const runOf = (index: number) => ({ run: { name: `run ${index}`, arn: 'x'.repeat(2 ** 20) } }) as never;

describe('the events of a run', () => {
  const server = createServer();
  let response: ServerResponse;
  let answer: IncomingMessage;
  let stream: EventStream;

  beforeEach(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const asked = once(server, 'request');
    const answered = once(get({ port: (server.address() as AddressInfo).port }), 'response');
    [, response] = (await asked) as [IncomingMessage, ServerResponse];
    stream = new EventStream(response);
    [answer] = (await answered) as [IncomingMessage];
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const readText = async () => {
    let text = '';
    for await (const part of answer) text += part;
    return text;
  };

  it('are sent as they occur', async () => {
    const told: RunEvent[] = [{ lines: ['1'] }, { problem: 'a' }, { lines: ['2\n3'] }];
    for (const event of told) stream.tell(event);
    response.end();
    const events = (await readText()).split('\n\n').filter(Boolean);
    expect(events.map((event) => JSON.parse(event.slice('data: '.length)))).to.deep.equal(told);
  });

  it('do not pile up for a tab that sleeps: it finds the newest when it wakes', async () => {
    for (let index = 0; index < 200; index += 1) {
      stream.tell({ lines: Array.from({ length: 10 }, (_, line) => `${index}.${line}`) });
      stream.tell(runOf(index));
    }
    expect(response.writableLength).to.be.below(10 * 2 ** 20);
    const drained = once(response, 'drain');
    const reading = readText();
    await drained;
    response.end();
    const text = await reading;
    expect(text).to.include('"run 199"').and.to.include('"199.9"');
    expect(text).not.to.include('"run 100"');
  });
});
