/**
 * Entry of a slot: a process that processes the objects that it is sent, and belongs to the processor of the first one. Arguments: a folder for
 * files of objects, and how many bytes it may read ahead, and write behind.
 */
import { redactLog } from '../../log';
import { redactor } from '../redact';
import { captureConsole } from './console/capture-console';
import { processorError } from './errors/failure';
import type { ObjectRequest } from './messages';
import { Outbox } from './outbox';
import { createS3Clients } from './s3-clients';
import { Slot } from './slot';
import { ReturnedObject } from './take-turn';
import { watchUncaught } from './uncaught';

const redact = redactor(process.env);
redactLog(redact);

// A worker that does not listen any more ends this process.
const outbox = new Outbox((messages) => process.send?.(messages, undefined, undefined, () => {}));
const [, , scratchFolder = '', bufferBytes = ''] = process.argv;
const slot = new Slot({
  workerFolder: __dirname,
  scratchFolder,
  bufferBytes: Number(bufferBytes),
  s3: createS3Clients(JSON.parse(process.env.BUCKET_ACCESSES ?? '{}')),
  onState: (state) => outbox.addNow({ state }),
});

// From here on, so for processors: stack traces name their sources.
process.setSourceMapsEnabled(true);
captureConsole();
slot.orphans.watch();
watchUncaught(__dirname, slot.spend);

process.on('message', (requests: ObjectRequest[]) => {
  for (const request of requests) void attend(request);
});

async function attend({ id, ...request }: ObjectRequest): Promise<void> {
  try {
    const result = await slot.process(request, (stage) => {
      if (stage === 'processing') outbox.addNow({ id, stage });
      else outbox.add({ id, stage });
    });
    outbox.add({ id, result, isSpent: slot.isSpent });
  } catch (error) {
    if (error instanceof ReturnedObject) return outbox.add({ id, isReturned: true });
    const { name: errorName, message, userStack } = processorError(error);
    outbox.add({
      id,
      failure: {
        error: errorName,
        message: redact(message),
        ...(userStack && { stack: redact(userStack) }),
      },
      isSpent: slot.isSpent,
    });
  }
}
