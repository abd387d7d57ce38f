/**
 * Asks each processor what it is: outputs, parameters, or why it does not load. A child process loads it, since nothing but a slot
 * imports a processor: one that fails, hangs or prints harms nothing else.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../root';
import type { ProcessorDescription } from '../../runtime/contract';
import { replaceFile } from '../files';

const TIMEOUT_SECONDS = 30;
const RESULT = 3;

/** Runs in the child. */
const SCRIPT = `
  import { writeSync } from 'node:fs';
  const answer = (value) => { writeSync(${RESULT}, JSON.stringify(value)); process.exit(0); };
  const [url, name] = process.argv.slice(1);
  const describe = (error) => {
    if (!(error instanceof Error)) return String(error);
    const frame = /processors\\/[^/\\s]+\\/[^\\s)]+:\\d+:\\d+/.exec(error.stack ?? '')?.[0];
    const cause = error.cause === undefined ? '' : ' ← ' + describe(error.cause);
    return error.name + ': ' + error.message + cause + (frame ? ' (' + frame + ')' : '');
  };
  process.on('uncaughtException', (error) => answer({ error: describe(error) }));
  try {
    const { default: processor } = await import(url);
    const { definition, parametersSchema } = processor ?? {};
    if (!definition || !parametersSchema) {
      answer({ error: 'processors/' + name + ' exports no processor by default: write \`export default defineProcessor({ … })\`' });
    }
    const { version, description, outputs } = definition;
    answer({ version, description, outputs, parameters: parametersSchema });
  } catch (error) {
    answer({ error: describe(error) });
  }
`;

export interface DescribeOptions {
  /** Folder of the built processor. */
  folder: string;
  name: string;
  /** For a processor that declares none. */
  version: string;
  /** The environment that the deployment gives to processors. */
  environment: Record<string, string>;
  /** Where descriptions are kept between calls, and what the packages of processors/ are linked to. */
  cache: string;
}

export function describeProcessor(options: DescribeOptions): ProcessorDescription {
  const { folder, name, version, environment, cache } = options;
  const module = join(folder, 'index.mjs');
  const known = join(cache, `${name}.json`);
  const key = createHash('sha256')
    .update(JSON.stringify([process.version, version, environment]))
    .update(readFileSync(module))
    .digest('hex');
  const found = existsSync(known) && JSON.parse(readFileSync(known, 'utf8'));
  if (found && found.key === key) return found.description;
  const answer = askProcessor(pathToFileURL(module).href, name, environment);
  if ('error' in answer) return answer;
  const description = { ...answer, version: answer.version ?? version };
  replaceFile(known, JSON.stringify({ key, description }));
  return description;
}

/** What a processor says of itself. */
type Answer = Omit<Loaded, 'version'> & Partial<Pick<Loaded, 'version'>>;
type Loaded = Exclude<ProcessorDescription, { error: string }>;

function askProcessor(
  url: string,
  name: string,
  environment: Record<string, string>,
): Answer | { error: string } {
  const { PATH, TMPDIR } = process.env;
  const { output, status, signal, stderr, error } = spawnSync(
    process.execPath,
    ['--enable-source-maps', '--input-type=module', '--eval', SCRIPT, url, name],
    {
      env: { PATH, ...(TMPDIR && { TMPDIR }), ...environment },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: TIMEOUT_SECONDS * 1000,
      killSignal: 'SIGKILL',
    },
  );
  const answer: unknown = output?.[RESULT];
  if (typeof answer === 'string' && answer) return JSON.parse(answer);
  const timedOut = (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT';
  const end = timedOut
    ? `it did not load within ${TIMEOUT_SECONDS} s`
    : `its process ended with ${signal ?? `exit code ${status}`} while it loaded`;
  const words = stderr?.trim().split('\n').at(-1);
  return { error: `processors/${name}: ${end}${words ? `: ${words}` : ''}` };
}

/** Modules below `dist` find the packages that npm installed in processors/ itself: those that the project has in another version. */
export function linkOwnPackages(dist: string): void {
  const own = join(ROOT, 'processors', 'node_modules');
  const link = join(dist, 'node_modules');
  if (!existsSync(own) || existsSync(link)) return;
  try {
    symlinkSync(own, link);
  } catch (error) {
    // Another synthesis made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
