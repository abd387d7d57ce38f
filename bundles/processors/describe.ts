/**
 * Asks each processor what it is: outputs, parameters, or why it does not load. A child process loads it, since nothing but a slot
 * imports a processor: one that fails, hangs or prints harms nothing else.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProcessorDescription } from '../../runtime/contract';
import { removeOld, replaceFile } from '../files';
import type { ProcessorsFolder } from './folder';

const TIMEOUT_SECONDS = 30;
const RESULT = 3;
/** https://nodejs.org/api/process.html#exit-codes */
const UNSETTLED_AWAIT = 13;

/** Runs in the child. */
const SCRIPT = `
  import { writeSync } from 'node:fs';
  const answer = (value) => { writeSync(${RESULT}, JSON.stringify(value)); process.exit(0); };
  const [url, label] = process.argv.slice(1);
  const words = (error) => error instanceof Error ? error.name + ': ' + error.message : String(error);
  const describe = (error) => {
    const chain = [];
    for (let one = error; one !== undefined && chain.length < 5; one = one?.cause) {
      chain.push([words(one), ...(one?.errors ?? []).map(words)].join('; '));
    }
    const lines = error instanceof Error ? (error.stack ?? '').split('\\n') : [];
    const frame = lines.map((line) => /^ +at .*\\bprocessors(\\/.+:\\d+:\\d+)/.exec(line)?.[1]).find(Boolean);
    return chain.join(' ← ').replace(/\\s+/g, ' ') + (frame ? ' (' + label.split('/')[0] + frame + ')' : '');
  };
  process.on('uncaughtException', (error) => answer({ error: describe(error) }));
  try {
    const { default: processor } = await import(url);
    const { definition, parametersSchema } = processor ?? {};
    if (!definition || !parametersSchema) {
      answer({ error: label + ' exports no processor by default: write \`export default defineProcessor({ … })\`' });
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
  /** How messages call it: `processors/resize`. */
  label: string;
  /** For a processor that declares none. */
  version: string;
  /** The environment that the deployment gives to processors. */
  environment: Record<string, string>;
  /** Folder where descriptions are kept between calls. */
  cache: string;
  /** One of its packages has an install script that is to run: it may not have run here. */
  hasInstallScripts: boolean;
}

export function describeProcessor(options: DescribeOptions): ProcessorDescription {
  const { folder, label, version, environment, cache, hasInstallScripts } = options;
  const module = join(folder, 'index.mjs');
  const key = createHash('sha256')
    .update(JSON.stringify([process.version, version, environment]))
    .update(readFileSync(module))
    .digest('hex');
  // Deployments and local clouds beside each other have environments of their own.
  const known = join(cache, `${key}.json`);
  if (existsSync(known)) {
    removeOld(known);
    return JSON.parse(readFileSync(known, 'utf8'));
  }
  const answer = askProcessor(pathToFileURL(module).href, label, environment);
  if ('error' in answer) {
    const remedy = hasInstallScripts
      ? '; `npm run processors:install` runs the install scripts of its packages'
      : '';
    return { error: `${answer.error}${remedy}` };
  }
  const description = { ...answer, version: answer.version ?? version };
  replaceFile(known, JSON.stringify(description));
  return description;
}

/** What a processor says of itself. */
type Answer = Omit<Loaded, 'version'> & Partial<Pick<Loaded, 'version'>>;
type Loaded = Exclude<ProcessorDescription, { error: string }>;

function askProcessor(
  url: string,
  label: string,
  environment: Record<string, string>,
): Answer | { error: string } {
  const { PATH, TMPDIR } = process.env;
  const { output, status, signal, stderr, error } = spawnSync(
    process.execPath,
    ['--enable-source-maps', '--input-type=module', '--eval', SCRIPT, url, label],
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
  if (timedOut) return { error: `${label}: it did not load within ${TIMEOUT_SECONDS} s` };
  if (status === UNSETTLED_AWAIT) return { error: `${label}: a top-level await never settles` };
  const words = stderr?.trim().split('\n').at(-1);
  const end = `its process ended with ${signal ?? `exit code ${status}`} while it loaded`;
  return { error: `${label}: ${end}${words ? `: ${words}` : ''}` };
}

/** Modules below `dist` find the packages that npm installed in the folder of processors itself. */
export function linkOwnPackages({ path }: ProcessorsFolder, dist: string): void {
  const own = join(path, 'node_modules');
  const link = join(dist, 'node_modules');
  if (!existsSync(own) || existsSync(link)) return;
  try {
    symlinkSync(own, link);
  } catch (error) {
    // Another synthesis made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
