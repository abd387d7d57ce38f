/** A service of AWS's JSON protocol (ECS, CloudWatch Logs) whose answers the test sets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

// biome-ignore lint/suspicious/noExplicitAny: an operation's input, of any shape.
export type Answers = Record<string, (input: any) => object>;

/** Answers by the name of the operation. Their times are seconds since the epoch. */
export async function startJsonService(answers: Answers) {
  const server = createServer(async (request, response) => {
    const [, action = ''] = String(request.headers['x-amz-target']).split('.');
    const answer = answers[action];
    response.writeHead(answer ? 200 : 501).end(JSON.stringify(answer?.(await json(request)) ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    clientConfig: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      maxAttempts: 1,
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
