import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { expect } from 'chai';
import { readIdentity } from '../../../runtime/worker/identity';

describe('who a worker is', () => {
  it('says the task metadata endpoint', async () => {
    const paths: unknown[] = [];
    const server = createServer(({ url }, response) => {
      paths.push(url);
      const TaskARN = 'arn:aws:ecs:us-east-1:123456789012:task/cluster/0123456789abcdef';
      response.end(JSON.stringify({ TaskARN, Family: 'batch-worker' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const identity = await readIdentity({ ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/id` });
    server.closeAllConnections();
    server.close();
    expect(identity).to.deep.equal({ workerId: '0123456789abcdef', family: 'batch-worker' });
    expect(paths).to.deep.equal(['/v4/id/task']);
  });

  it('is the host outside ECS', async () => {
    expect(await readIdentity({})).to.deep.equal({ workerId: hostname(), family: 'worker' });
  });
});
