import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ProcessContext } from '../../define';
import type { SourceObject } from '../../object';
import type { Output } from '../../output';
import { PermanentError } from '../../permanent-error';
import { CommandError } from '../failure';
import { saveInput } from '../input';
import { fileOutput, headersOf, type OutputHeaders, outputFiles, outputPrefix } from '../outputs';
import type { Command } from '../run-program';
import type { Conversation } from './conversation';
import type { AnsweredOutput } from './protocol';

/** One object of a long-running program. */
export async function serveObject(
  { argv, outputs, headers }: Command,
  object: SourceObject,
  context: ProcessContext<object, Conversation>,
): Promise<Output[]> {
  const { state: conversation, parameters, scratch, folder } = context;
  const input = await saveInput(object, context);
  const output = await outputPrefix(scratch);
  const { key, bucket, etag, size, contentType: content_type, metadata, attempt } = object;
  const answer = await conversation.ask(
    { key, bucket, etag, size, content_type, metadata, attempt, parameters, input, output },
    context,
  );
  if (answer.error !== undefined)
    throw answer.permanent ? new PermanentError(answer.error) : new CommandError(answer.error);
  if (answer.outputs)
    return Promise.all(answer.outputs.map((answered) => toOutput(answered, headers, folder)));
  return outputFiles(output, { name: argv[0] as string, outputs, headers });
}

async function toOutput(
  { suffix, file, body, content_type, content_encoding, cache_control, ...rest }: AnsweredOutput,
  headers: OutputHeaders,
  folder: string,
): Promise<Output> {
  const common = headersOf(suffix, headers);
  const output = {
    suffix,
    contentType: content_type ?? common.contentType,
    contentEncoding: content_encoding ?? common.contentEncoding,
    cacheControl: cache_control ?? common.cacheControl,
    ...rest,
  };
  if (file === undefined) return { ...output, body: body as string };
  const path = resolve(folder, file);
  await access(path).catch(() => {
    throw new CommandError(`The program's answer names a file that does not exist: ${file}`);
  });
  return fileOutput(path, output);
}
