import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { expect } from 'chai';
import { readIdentity } from '../../../runtime/worker/identity';
import { failure } from '../../support/failure';

describe('the identity of a worker', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  /** The environment of a container whose task metadata endpoint gives this answer. */
  const withEndpoint = async (answer: RequestListener): Promise<NodeJS.ProcessEnv> => {
    const endpoint = createServer(answer);
    server = endpoint;
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const { port } = endpoint.address() as AddressInfo;
    return { ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/id` };
  };

  it('comes from the task metadata endpoint', async () => {
    const paths: unknown[] = [];
    const environment = await withEndpoint(({ url }, response) => {
      paths.push(url);
      const TaskARN = 'arn:aws:ecs:us-east-1:123456789012:task/cluster/0123456789abcdef';
      response.end(JSON.stringify({ TaskARN, Family: 'batch-worker' }));
    });
    const identity = await readIdentity(environment);
    expect(identity).to.deep.equal({ workerId: '0123456789abcdef', family: 'batch-worker' });
    expect(paths).to.deep.equal(['/v4/id/task']);
  });

  it('cannot be read if the endpoint does not answer in time', async () => {
    const environment = await withEndpoint(() => {});
    expect(await failure(readIdentity(environment, 0.01))).to.include({ name: 'TimeoutError' });
  });

  it('is the host outside ECS', async () => {
    expect(await readIdentity({})).to.deep.equal({ workerId: hostname(), family: 'worker' });
  });
});
