/** Entry of a slot: a thread that processes one task at a time. */
import { processors } from '../processors';
import type { SlotAnswer, SlotRequest } from './messages';
import { processTask } from './process-task';
import { createS3Client } from './s3-client';

const s3 = createS3Client();

export default function run({ task, processorName, workerId }: SlotRequest): Promise<SlotAnswer> {
  return processTask(task, { s3, processorName, processor: processors[processorName], workerId });
}
