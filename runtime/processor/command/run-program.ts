/** A program that starts for each object. */
import type { ProcessContext } from '../define';
import type { SourceObject } from '../object';
import type { Output } from '../output';
import { fillIn, uses } from './arguments';
import { objectVariables } from './environment';
import type { ProgramFile } from './find-program';
import { feed, saveInput } from './input';
import { readLines } from './lines';
import {
  headersOf,
  type OutputHeaders,
  outputFiles,
  outputPrefix,
  PREVIEW_BYTES,
  previewOf,
} from './outputs';
import { Program } from './program';
import { StandardOutput } from './standard-output';

export interface Command {
  argv: readonly string[];
  /** Suffixes. */
  outputs: readonly string[] | 'dynamic';
  headers: OutputHeaders;
}

/** Returns with the outputs of a program that has succeeded, or, for standard output, when it has begun to write. */
export async function runProgram(
  { argv, outputs, headers }: Command,
  object: SourceObject,
  context: ProcessContext<object, ProgramFile>,
): Promise<Output[]> {
  const { state: file, parameters, scratch, signal, log } = context;
  const readsFile = uses(argv, 'input');
  const input = readsFile ? await saveInput(object, { scratch, signal }) : undefined;
  const output = uses(argv, 'output') ? await outputPrefix(scratch, argv) : undefined;
  signal.throwIfAborted();

  const args = fillIn(argv.slice(1), { input, output, key: object.key, parameters });
  const env = objectVariables(object, { parameters, scratch });
  const program = await Program.start(file, args, { env, readsStdin: !readsFile, log });
  endWith(signal, program);
  giveInput(object, program);

  const [suffix] = outputs;
  if (output !== undefined || suffix === undefined) {
    readLines(program.stdout, (line) => log.info(line, { stream: 'stdout' }));
    await program.succeed();
    return output === undefined ? [] : outputFiles(output, { name: program.name, outputs, headers });
  }
  const body = new StandardOutput(program, PREVIEW_BYTES);
  const described = { suffix, ...headersOf(suffix, headers) };
  return [{ ...described, preview: previewOf(await body.start, described), body }];
}

function endWith(signal: AbortSignal, program: Program): void {
  const abort = () => program.abort(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  program.ended.then(() => signal.removeEventListener('abort', abort));
}

function giveInput(object: SourceObject, program: Program): void {
  if (!program.stdin) return;
  // Its end is left out, so that the program never takes a part for the whole.
  feed(object, program.stdin).catch((error) => {
    if (program.isRunning) program.abort(error);
  });
  program.exited.then(() => object.body.destroy());
}
