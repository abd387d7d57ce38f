/** Runs the processor on an open object, and writes what it returns. */
import type { SourceObject } from '../../processor';
import { type Attempt, settles } from './attempt';
import { AttemptContext } from './attempt-context';
import type { ObjectContext } from './configured-processor';
import { flushConsole } from './console/capture-console';
import { processorLog } from './console/processor-log';
import { checkOutputs } from './outputs/check-outputs';
import { type Destinations, type WrittenOutputs, writeOutputs } from './outputs/write-outputs';
import { Scratch } from './scratch';
import type { ObjectBody } from './source/object-body';
import type { OpenSource } from './source/open-source';
import { ObjectReaders } from './source/readers';

/** How long a failed attempt may take to end by itself, milliseconds: the processor, and then uploads that are given up. */
const GRACE_MILLISECONDS = { process: 200, uploads: 5_000 };

/**
 * Throws a TaskError as soon as the attempt cannot succeed any more. `onProcessed`: called once the processor is done with the object
 * and what it has started has ended, with the bytes that are held until they are written.
 */
export async function transform(
  source: Omit<OpenSource, 'stream'> & Pick<SourceObject, 'attempt'>,
  body: ObjectBody,
  attempt: Attempt,
  { bucket, ...destinations }: Destinations & { bucket: string },
  onProcessed: (bytes: number) => void,
  { processor, s3, scratchFolder, orphans, setUp, spend }: ObjectContext,
): Promise<WrittenOutputs> {
  const { definition, folder, parameters } = processor;
  const fields = { key: source.key };
  const scratch = new Scratch(scratchFolder);
  let processing: Promise<unknown> = Promise.resolve();
  let writing: Promise<unknown> = Promise.resolve();
  orphans.begin(attempt);
  const cleanUp = async () => {
    body.destroy();
    orphans.end(attempt);
    flushConsole(attempt);
    await scratch.remove();
  };
  let cleaning: Promise<void> | undefined;
  try {
    const state = await setUp();
    return await attempt.run(async () => {
      // Into the readers, whose `body` says where the content was read already.
      const object: SourceObject = Object.assign(
        new ObjectReaders(body, source.key, source.contentEncoding),
        source,
      );
      processing = (async () =>
        definition.process(
          object,
          Object.assign(new AttemptContext(attempt, scratch), {
            parameters,
            env: process.env,
            folder,
            log: processorLog(fields),
            s3: s3.own,
            state,
          }),
        ))();
      const outputs = checkOutputs(await processing, definition.outputs);
      const written = writeOutputs(s3.store(bucket), outputs, destinations, attempt, (bytes) => {
        cleaning = cleanUp();
        onProcessed(bytes);
      });
      writing = written;
      return await written;
    });
  } catch (error) {
    // Code that goes on with an object that has failed would disturb the next one.
    if (!(await settles(processing, GRACE_MILLISECONDS.process))) spend();
    await settles(writing, GRACE_MILLISECONDS.uploads);
    throw error;
  } finally {
    await (cleaning ?? cleanUp());
  }
}
