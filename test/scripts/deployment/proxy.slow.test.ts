/** The scripts reach AWS through the proxy of the environment, as Terraform does. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Workplace } from '../../support/script';

describe('a proxy', () => {
  it('gets the requests to AWS, except for hosts that NO_PROXY names', async () => {
    const asked: string[] = [];
    const proxy = createServer().listen(0, '127.0.0.1');
    proxy.on('connect', ({ url = '' }, socket) => {
      asked.push(url);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await once(proxy, 'listening');
    const workplace = await Workplace.create();
    const run = (environment: Record<string, string>) =>
      workplace.run('deploy.ts', ['--skip-image', '--yes'], {
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL: 'https://aws.invalid',
        AWS_MAX_ATTEMPTS: '1',
        // Terraform itself would check for updates through the proxy.
        CHECKPOINT_DISABLE: '1',
        BATCH_NAME_PREFIX: 'proxied',
        HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
        ...environment,
      });
    try {
      const direct = await run({ NO_PROXY: 'aws.invalid' });
      expect(direct.code, direct.stderr).to.be.oneOf([1, 2]);
      expect(asked).to.deep.equal([]);
      const through = await run({});
      expect(through.code, through.stderr).to.be.oneOf([1, 2]);
      expect(asked).to.deep.equal(['aws.invalid:443']);
    } finally {
      proxy.close();
      await workplace.remove();
    }
  });
});
