/** Any program as a processor. docs/commands.md shows it. */
import type * as z from 'zod';
import { defineProcessor, type Processor, type ProcessorDefinition } from '../define';
import { checkArguments, uses } from './arguments';
import { findProgram, type ProgramFile } from './find-program';
import type { OutputHeaders } from './outputs';
import { type Command, runProgram } from './run-program';
import { type Conversation, openConversation } from './serve/conversation';
import { serveObject } from './serve/serve-object';

type NoParameters = z.ZodObject<Record<never, never>>;

export interface CommandOptions<Schema extends z.ZodObject = NoParameters>
  extends Pick<ProcessorDefinition<Schema>, 'description' | 'version' | 'outputs' | 'parameters'>,
    OutputHeaders {
  /**
   * The program starts once in each slot and keeps running. It reads a request (JSON) from each line of its standard input and writes the
   * answer as a line of its standard output: docs/commands.md has the fields. Default: false, the program starts for each object.
   */
  serve?: boolean;
  /** Environment variables for the program, on top of the slot's own. Default: none. */
  env?: Readonly<Record<string, string>>;
}

/**
 * A processor that runs a program for each object: `command(['python3', 'count.py'])`. No shell is involved.
 *
 * The program is found on PATH, in the virtual environment of processors/requirements.txt, or in the processor's folder
 * (`./program`). It runs in that folder. Its arguments may have these placeholders, alone or within a text:
 *
 * - `{input}`: path of a file with the object's content, which has the extension of the object's key. Without it, the content
 *   arrives on standard input. A content whose `contentEncoding` is `gzip` is decompressed in both cases.
 * - `{output}`: start of the paths of the output files: `{output}.256.webp` is the output with the suffix `.256.webp`. Without
 *   it, standard output is the output.
 * - `{key}`: the object's key.
 * - `{parameters.NAME}`: a parameter: a text as it is, another value as JSON, empty if it has no value.
 *
 * `{{key}}` stands for the text `{key}`, and so on.
 *
 * Exit code 0 is success; 65 is a PermanentError; another code and a signal are errors that are retried. The last 2 KiB of
 * standard error are the message. The program and all that it has started end with the attempt.
 *
 * Throws an Error if the command itself is wrong.
 */
export function command<Schema extends z.ZodObject = NoParameters>(
  argv: readonly [program: string, ...args: string[]],
  options: CommandOptions<Schema> = {},
): Processor {
  const { serve = false, env = {}, contentType, contentEncoding, cacheControl, ...definition } = options;
  const { outputs = [''] } = definition;
  checkArguments(argv, { serve, parameters: Object.keys(definition.parameters?.shape ?? {}) });
  if (!serve && !uses(argv, 'output') && (outputs === 'dynamic' || outputs.length > 1))
    throw new Error(
      'command: standard output is one output. Put {output} into the arguments for several outputs.',
    );

  const what: Command = { argv, outputs, headers: { contentType, contentEncoding, cacheControl } };
  if (serve)
    return defineProcessor<Schema, Conversation>({
      ...definition,
      setup: async (context) => openConversation(argv, await findProgram(argv[0], context, env), context),
      process: (object, context) => serveObject(what, object, context),
    });
  return defineProcessor<Schema, ProgramFile>({
    ...definition,
    setup: (context) => findProgram(argv[0], context, env),
    process: (object, context) => runProgram(what, object, context),
  });
}
