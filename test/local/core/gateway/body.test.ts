import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { BodyMemory } from '../../../../local/core/gateway/body';

describe('bodies in memory', () => {
  let server: Server;
  let endpoint: string;

  before(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it('are limited, each one and all together, until their requests are answered', async () => {
    const memory = new BodyMemory(10);
    /** Sends a body and reads it. Returns the outcome, and a function that answers. */
    const send = async (body: string) => {
      const taken = once(server, 'request');
      const answered = fetch(endpoint, { method: 'POST', body });
      const [request, response] = (await taken) as [IncomingMessage, ServerResponse];
      const result = await memory.read(request, response, 8).then(String, (error) => error.constructor.name);
      const answer = async () => {
        const closed = once(response, 'close');
        response.end();
        await Promise.all([closed, answered]);
      };
      return { result, answer };
    };
    const first = await send('12345678');
    const second = await send('123');
    const third = await send('123456789');
    expect([first, second, third].map(({ result }) => result)).to.deep.equal([
      '12345678',
      'MemoryExhausted',
      'BodyTooLarge',
    ]);
    for (const { answer } of [first, second, third]) await answer();
    const fourth = await send('12345678');
    expect(fourth.result).to.equal('12345678');
    await fourth.answer();
  });
});
