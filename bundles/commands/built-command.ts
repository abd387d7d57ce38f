/** A command as one file of JavaScript, which dist/ keeps as long as nothing that it was made from has changed. */
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
  /** Where it is, or would be if dist/ could be written. The name tells its contents. */
  path: string;
  /** JavaScript, ASCII. */
  code: string;
  /** Paths, relative to the root, of all that it was made from. */
  inputs: string[];
}

interface Kept extends Pick<BuiltCommand, 'inputs'> {
  digest: string;
}

/** `command`: path, relative to the root. Throws esbuild's error on sources that do not build. */
export function buildCommand(command: string): BuiltCommand {
  const name = basename(command, '.ts');
  const keptAt = join(FOLDER, `${name}.json`);
  const pathOf = ({ digest }: Kept) => join(FOLDER, `${name}-${digest.slice(0, 16)}.js`);
  const kept = read(keptAt);
  if (kept && digestOf(kept.inputs) === kept.digest && existsSync(pathOf(kept))) {
    const path = pathOf(kept);
    removeOld(keptAt, path);
    return { path, code: readFileSync(path, 'latin1'), inputs: kept.inputs };
  }
  const startedAt = Date.now();
  const { code, modules } = bundle(command);
  const inputs = [...MAKERS, ...modules];
  const made: Kept = { digest: digestOf(inputs), inputs };
  const path = pathOf(made);
  if (!haveChangedSince(startedAt, inputs)) {
    try {
      replaceFile(path, code);
      replaceFile(keptAt, JSON.stringify(made));
    } catch {
      // dist/ cannot be written: the next one makes it again.
    }
  }
  return { path, code, inputs };
}

function bundle(command: string): { code: string; modules: string[] } {
  // Loaded where it is needed, since that takes time.
  const { buildSync }: typeof import('esbuild') = require('esbuild');
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
    logLevel: 'silent',
  });
  return { code: outputFiles[0]?.text ?? '', modules: Object.keys(metafile.inputs) };
}

function read(path: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
