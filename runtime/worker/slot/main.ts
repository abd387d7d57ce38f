/** Entry of a slot: a thread that processes one task at a time. */
import { S3Client } from '@aws-sdk/client-s3';
import { processors } from '../processors';
import type { SlotAnswer, SlotRequest } from './messages';
import { processTask } from './process-task';

const s3 = new S3Client({
  maxAttempts: 5,
  // Until the answer begins. A body may then stand still as long as the processor takes: the task's deadline ends it.
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
});

export default function run({ task, processorName, workerId }: SlotRequest): Promise<SlotAnswer> {
  return processTask(task, { s3, processorName, processor: processors[processorName], workerId });
}
