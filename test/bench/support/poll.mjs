/**
 * Pollers in a process of their own: each takes a task and completes it at once, with results such as a worker gives.
 * node poll.mjs ENDPOINT ACTIVITY POLLERS; sent {tasks}, it sends {seconds} once it has completed so many more: from the first
 * task that comes to the last answer.
 */
import { GetActivityTaskCommand, SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const [endpoint, activityArn, pollers] = process.argv.slice(2);
const sfn = new SFNClient({
  endpoint,
  maxAttempts: 1,
  requestHandler: new NodeHttpHandler({ httpAgent: { maxSockets: Number(pollers) }, requestTimeout: 65_000 }),
});

let left = 0;
let firstAt;
let isSent = true;
let wake = [];

process.on('message', ({ tasks }) => {
  [left, firstAt, isSent] = [tasks, undefined, false];
  for (const go of wake.splice(0)) go();
});
process.once('disconnect', () => process.exit());

let open = 0;
async function poll() {
  for (;;) {
    // An answer that comes at once is not to be taken for one task more.
    while (isSent || open >= left) await new Promise((go) => wake.push(go));
    open += 1;
    const { taskToken, input } = await sfn.send(new GetActivityTaskCommand({ activityArn, workerName: 'bench' }));
    if (taskToken) {
      firstAt ??= performance.now();
      await sfn.send(new SendTaskSuccessCommand({ taskToken, output: outputOf(input) }));
      left -= 1;
    }
    open -= 1;
    for (const go of wake.splice(0)) go();
    if (left === 0 && !isSent) {
      isSent = true;
      process.send({ seconds: (performance.now() - firstAt) / 1000 });
    }
  }
}

function outputOf(input) {
  const { objects } = JSON.parse(input);
  return JSON.stringify(objects.map(resultOf));
}

function resultOf({ Key }) {
  return {
    object_key: Key,
    processed_key: `processed/${Key}`,
    content: 'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    processing_time: 0.012,
    started_at: '2026-01-01T00:00:00.000Z',
    processed_at: '2026-01-01T00:00:00.012Z',
    worker_id: 'i-0123456789abcdef0',
    slot: 1,
    attempt: 1,
    bytes_in: 200,
    bytes_out: 200,
    status: 'success',
  };
}

for (let number = 0; number < Number(pollers); number += 1) void poll();
process.send({ isReady: true });
