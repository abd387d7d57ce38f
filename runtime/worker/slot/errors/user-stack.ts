/** Where an error comes from, in the user's own files: framework and Node.js internals are cut. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorsBelow, headline, isErrorLike, textOf } from './describe-error';

const MAX_FRAMES = 10;
const MAX_CAUSES = 10;
const MAX_HEADLINE = 200;
/** `at name (place:line:column)`, or without a name; the place may be a URL. */
const FRAME = /^\s+at (?:(.+) \()?((?:file:\/\/|\/|[A-Za-z]:\\).+?):(\d+):(\d+)\)?$/;

/**
 * The frames of processors and their packages, with paths such as `processors/thumbnail/index.ts:12:5`, relative to the worker's
 * folder; then each cause with its first one. Undefined if there is none.
 */
export function userStack(thrown: unknown, workerFolder: string): string | undefined {
  const lines = framesOf(thrown, workerFolder).slice(0, MAX_FRAMES);
  for (const cause of causesOf(thrown)) {
    const [frame] = framesOf(cause, workerFolder);
    if (frame && isErrorLike(cause)) lines.push(`← ${headline(cause).slice(0, MAX_HEADLINE)}`, frame);
  }
  return lines.length > 0 ? lines.join('\n') : undefined;
}

/** All errors below this one, each once, the nearest first. */
function causesOf(thrown: unknown): unknown[] {
  const found: unknown[] = [];
  const seen = new Set([thrown]);
  const waiting = [thrown];
  while (waiting.length > 0 && found.length < MAX_CAUSES) {
    const error = waiting.shift();
    if (!isErrorLike(error)) continue;
    const { gathered, causes } = errorsBelow(error);
    for (const below of [...gathered, ...causes]) {
      if (seen.has(below)) continue;
      seen.add(below);
      found.push(below);
      waiting.push(below);
    }
  }
  return found.slice(0, MAX_CAUSES);
}

function framesOf(error: unknown, workerFolder: string): string[] {
  if (!isErrorLike(error)) return [];
  return textOf(error, 'stack')
    .split('\n')
    .flatMap((line) => {
      const [, name, place = '', row, column] = FRAME.exec(line) ?? [];
      const path = userPath(place, workerFolder);
      if (path === undefined) return [];
      const where = `${path}:${row}:${column}`;
      return [name && name !== '<anonymous>' ? `    at ${name} (${where})` : `    at ${where}`];
    });
}

/** Undefined for a file that is not the user's: the framework's own lie beside processors/. */
function userPath(place: string, workerFolder: string): string | undefined {
  if (!place) return undefined;
  const file = place.startsWith('file://') ? fileURLToPath(place) : place;
  const packages = file.lastIndexOf('/node_modules/');
  if (packages >= 0) return file.slice(packages + 1);
  const path = relative(workerFolder, file);
  return path.startsWith('processors/') ? path : undefined;
}
