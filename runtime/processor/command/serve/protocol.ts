/** The messages between a slot and a long-running program, one line of JSON each. docs/commands.md is for its author. */
import * as z from 'zod';
import { describeIssues } from '../../../issues';
import { CommandError } from '../failure';

/** On the program's standard input. */
export interface Request {
  id: number;
  key: string;
  bucket: string;
  etag: string;
  /** Bytes, as stored. */
  size: number;
  content_type: string;
  metadata: Record<string, string>;
  attempt: number;
  parameters: object;
  /** Path of a file with the content. */
  input: string;
  /** Start of the paths of output files. */
  output: string;
}

const ANSWER = z.strictObject({
  id: z.number(),
  outputs: z
    .array(
      z
        .strictObject({
          suffix: z.string().default(''),
          file: z.string().optional(),
          body: z.string().optional(),
          content_type: z.string().optional(),
          content_encoding: z.string().optional(),
          cache_control: z.string().optional(),
          metadata: z.record(z.string(), z.string()).optional(),
          preview: z.string().optional(),
          record: z.json().optional(),
        })
        .refine(
          ({ file, body }) => (file === undefined) !== (body === undefined),
          'give either file or body',
        ),
    )
    .optional(),
  error: z.string().optional(),
  permanent: z.boolean().default(false),
});

/** On the program's standard output. */
export type Answer = z.output<typeof ANSWER>;
export type AnsweredOutput = NonNullable<Answer['outputs']>[number];

const QUOTED_CHARACTERS = 200;

/** Throws a CommandError, which quotes the line, if the line does not answer this request. */
export function parseAnswer(line: string, id: number): Answer {
  const wrong = (what: string) => {
    const quoted = line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}…` : line;
    return new CommandError(`${what}: ${quoted}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw wrong(
      'The program wrote a line that is not JSON to standard output, where its answers go (write other text to standard error)',
    );
  }
  const { success, data, error } = ANSWER.safeParse(json);
  if (!success) throw wrong(`The program's answer is not valid (${describeIssues(error)})`);
  if (data.id !== id) throw wrong(`The program answered request ${data.id} while request ${id} waits`);
  return data;
}
