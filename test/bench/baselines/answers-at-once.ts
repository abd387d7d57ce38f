/**
 * An HTTP server that answers at once, as simple as possible. It shows the cost of a poller's client and of HTTP, without Step Functions.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PollerTarget } from '../support/pollers';

export interface PlainServer extends PollerTarget {
  close(): Promise<void>;
}

const KEEP_ALIVE_MILLISECONDS = 600_000;

/** Hands out the same task again and again, and accepts every other request. */
export async function startPlainServer(): Promise<PlainServer> {
  const task = {
    bucket: 'bucket',
    output_bucket: 'bucket',
    objects: [{ Key: 'data/00000000.txt' }],
    execution: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    attempt: 1,
    output_prefix: 'processed/',
    force: false,
    processor: 'checksum',
    parameters: {},
    deaths: 0,
  };
  const answer = JSON.stringify({ taskToken: 'A'.repeat(96), input: JSON.stringify(task) });
  // Between its turns it waits for minutes, and its pollers expect their connections to stay open.
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS }, (request, response) => {
    const isPoll = request.headers['x-amz-target'] === 'AWSStepFunctions.GetActivityTask';
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(isPoll ? answer : '{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    activity: 'arn:aws:states:us-east-1:123456789012:activity:work',
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
