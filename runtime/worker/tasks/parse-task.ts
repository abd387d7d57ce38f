import * as z from 'zod';
import type { Task } from '../../contract';
import { describeIssues } from '../../issues';

const TaskInput = z.object({
  bucket: z.string().min(1),
  // An execution that began under an earlier version sends none.
  output_bucket: z.string().min(1).optional(),
  objects: z.array(z.object({ Key: z.string().min(1) })).min(1),
  execution: z.string(),
  attempt: z.number().int().min(1),
  output_prefix: z.string().regex(/\/$/, 'must end with /'),
  force: z.boolean(),
  processor: z.string().min(1),
  parameters: z.record(z.string(), z.unknown()),
  deaths: z.number().int().min(0),
});

/** Throws an Error that says what is wrong with the task. */
export function parseTask(input: string): Task {
  const parsed = TaskInput.safeParse(JSON.parse(input));
  if (parsed.success)
    return { ...parsed.data, output_bucket: parsed.data.output_bucket ?? parsed.data.bucket };
  throw new Error(describeIssues(parsed.error));
}
