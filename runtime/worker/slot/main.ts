/** Entry of a slot: a process that belongs to one processor, its argument, and processes the objects that it is sent. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Processor } from '../../processor';
import { processorError } from './failure';
import type { ObjectRequest, SlotMessage } from './messages';
import { processObject } from './process-object';
import { createS3Client } from './s3-client';

// A thread, since the processor may block this one.
new Worker(join(__dirname, 'end-with-worker.js'), {
  resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
}).unref();

const s3 = createS3Client();
const processorName = process.argv[2] as string;
const url = pathToFileURL(join(__dirname, 'processors', processorName, 'index.mjs')).href;
const loaded: Promise<{ default: Processor }> = import(url);

process.on('message', async ({ id, task, key, workerId }: ObjectRequest) => {
  send({ id, begun: true });
  try {
    const { default: processor } = await loaded;
    send({
      id,
      result: await processObject(task, key, {
        s3,
        processorName,
        processor,
        workerId,
        parameters: task.parameters,
      }),
    });
  } catch (error) {
    const { name, message } = processorError(error);
    send({ id, failure: { error: name, message } });
  }
});

function send(message: SlotMessage): void {
  // A worker that does not listen any more ends this process.
  process.send?.(message, undefined, undefined, () => {});
}
