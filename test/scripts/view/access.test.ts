/** Access to the page, over HTTP, as browsers and other clients request it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Access } from '../../../scripts/view/access';

describe('access to the page', () => {
  let server: Server;
  let access: Access;
  let port: number;
  beforeEach(async () => {
    access = new Access();
    server = createServer((incoming, response) => {
      const refusal = access.refusalOf(incoming);
      const cookie = access.cookieFor(incoming);
      if (!refusal && cookie) response.setHeader('set-cookie', cookie);
      response.writeHead(refusal?.status ?? 200).end(refusal?.message);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => server.close());

  async function ask(headers: Record<string, string | string[]>, path = '/', method = 'GET') {
    const asked = request({ port, host: '127.0.0.1', path, method, headers, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return {
      status: response.statusCode,
      message: await text(response),
      cookie: response.headers['set-cookie']?.[0],
    };
  }
  const host = () => `127.0.0.1:${port}`;
  const cookie = async () => (await ask({ host: host() }, access.path)).cookie?.split(';')[0] ?? '';

  it('is given by the address with the key, and then by its cookie, which no script reads and no other site sends', async () => {
    expect(await ask({ host: host() })).to.include({ status: 401 });
    expect(await ask({ host: host() }, '/?key=wrong')).to.include({ status: 401 });
    const first = await ask({ host: host() }, access.path);
    expect(first.status).to.equal(200);
    expect(first.cookie).to.match(new RegExp(`^view-${port}=[\\w-]{32}; HttpOnly; SameSite=Strict; Path=/$`));
    expect(await ask({ host: host(), cookie: `other=1; ${await cookie()}` })).to.include({ status: 200 });
    expect(await ask({ host: host(), cookie: `view-${port}=wrong` })).to.include({ status: 401 });
    expect(await ask({ host: `localhost:${port}`, cookie: await cookie() })).to.include({ status: 200 });
  });

  it('is refused to names that lead to this machine, and to more than one', async () => {
    for (const name of [
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `127.0.0.1.evil.example:${port}`,
    ])
      expect(await ask({ host: name, cookie: await cookie() }), name).to.include({ status: 403 });
  });

  it('is refused to other sites, with any cookie', async () => {
    const own = { host: host(), cookie: await cookie() };
    expect(await ask({ ...own, origin: `http://${host()}` })).to.include({ status: 200 });
    for (const origin of ['http://evil.example', `http://localhost:${port}`, `https://${host()}`, 'null'])
      expect(await ask({ ...own, origin }), origin).to.include({ status: 403 });
    for (const site of ['cross-site', 'same-site'])
      expect(await ask({ ...own, 'sec-fetch-site': site }), site).to.include({ status: 403 });
    expect(await ask({ ...own, 'sec-fetch-site': 'same-origin' })).to.include({ status: 200 });
  });

  it('with the right to change something is given only to its own page', async () => {
    const own = { host: host(), cookie: await cookie() };
    expect(await ask(own, '/', 'POST')).to.include({ status: 403 });
    expect(await ask({ ...own, origin: 'http://evil.example' }, '/', 'POST')).to.include({ status: 403 });
    expect(await ask({ ...own, origin: `http://${host()}` }, '/', 'POST')).to.include({ status: 200 });
  });
});
