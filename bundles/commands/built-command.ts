/** A command as one file of JavaScript, which dist/ keeps as long as nothing that it was made from has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../../root';
import { DIST } from '../dist';
import { removeOld, replaceFile } from '../files';
import { digestOf, haveChangedSince } from '../inputs';

const FOLDER = join(DIST, 'commands');
/** How it is made. */
const MAKERS = ['bundles/commands', 'node_modules/esbuild/package.json'];
/** The first finds its program beside itself; few people need the second, which is large. */
const EXTERNAL = ['esbuild', 'proxy-agent'];

export interface BuiltCommand {
  /** Its path, whether it is kept already or not. The name contains the hash of its contents. */
  path: string;
  isKept: boolean;
  /** JavaScript, ASCII. */
  code: string;
  /** Paths, relative to the root, of all that it was made from. */
  inputs: string[];
}

interface Kept extends Pick<BuiltCommand, 'inputs'> {
  digest: string;
}

/** `command`: path, relative to the root. Undefined if a source does not build: loading the sources then shows why. */
export function buildCommand(command: string): BuiltCommand | undefined {
  const name = basename(command, '.ts');
  const keptAt = join(FOLDER, `${name}.json`);
  const pathOf = ({ digest }: Kept) => join(FOLDER, `${name}-${digest.slice(0, 16)}.js`);
  const kept = read(keptAt);
  if (kept && digest(kept.inputs) === kept.digest && existsSync(pathOf(kept))) {
    const path = pathOf(kept);
    removeOld(keptAt, path);
    return { path, isKept: true, code: readFileSync(path, 'latin1'), inputs: kept.inputs };
  }
  const startedAt = Date.now();
  const bundled = bundle(command);
  if (!bundled) return undefined;
  const { code, modules } = bundled;
  const inputs = [...MAKERS, ...modules];
  const made: Kept = { digest: digest(inputs), inputs };
  const path = pathOf(made);
  const isKept =
    !haveChangedSince(startedAt, inputs) && keep({ [path]: code, [keptAt]: JSON.stringify(made) });
  return { path, isKept, code, inputs };
}

/** Whether it could: dist/ may be read-only. */
function keep(files: Record<string, string>): boolean {
  try {
    for (const [path, contents] of Object.entries(files)) replaceFile(path, contents);
    return true;
  } catch {
    return false;
  }
}

/** The file contains the path of the root, and a checkout may be moved. */
function digest(inputs: string[]): string {
  return createHash('sha256').update(ROOT).update(digestOf(inputs)).digest('hex');
}

function bundle(command: string): { code: string; modules: string[] } | undefined {
  // Loaded only if it is needed, since that takes time.
  const { buildSync }: typeof import('esbuild') = require('esbuild');
  try {
    const { outputFiles, metafile } = buildSync({
      absWorkingDir: ROOT,
      entryPoints: [command],
      outdir: FOLDER,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      // The SDK's ES modules, unlike its CommonJS ones, shake down to the operations in use.
      mainFields: ['module', 'main'],
      external: EXTERNAL,
      // A script that is run with kept code has no loader of ES modules; `require` loads these, too.
      supported: { 'dynamic-import': false },
      // The same for each module, since they are one file.
      define: { __dirname: JSON.stringify(ROOT) },
      logLevel: 'silent',
    });
    return { code: ascii(outputFiles[0]?.text ?? ''), modules: Object.keys(metafile.inputs) };
  } catch {
    return undefined;
  }
}

/** Only comments have other characters left, which would make V8 take two bytes for each character of the file. */
function ascii(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function read(path: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
