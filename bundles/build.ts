/**
 * Runs esbuild, and keeps what it makes in dist/builds: reading the sources again, to see that they are the same, takes a
 * twentieth of the time of a build.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { type BuildOptions, buildSync, type Metafile, version } from 'esbuild';
import { ROOT } from '../root';
import { DIST } from './dist';
import { OPTIONS } from './esbuild';
import { removeOld, replaceFile } from './files';
import { digestOf, haveChangedSince } from './inputs';

export interface Built {
  /** Contents by path, relative to `outdir`. */
  files: Map<string, Uint8Array>;
  /** What esbuild has read, and which module imports which. */
  inputs: Metafile['inputs'];
}

/** Throws esbuild's error on sources that do not build. `outdir`: absolute. */
export function build(options: BuildOptions & { outdir: string }): Built {
  const all = { ...OPTIONS, ...options, write: false, metafile: true } as const;
  const path = keptAt(all);
  const pathsOf = ({ inputs }: Pick<Metafile, 'inputs'>) =>
    Object.keys(inputs).map((input) => resolve(all.absWorkingDir, input));
  const kept = read(path);
  if (kept && digestOf(pathsOf(kept.built)) === kept.digest) {
    removeOld(path);
    return kept.built;
  }
  const startedAt = Date.now();
  const { metafile, outputFiles } = buildSync(all);
  const built: Built = {
    files: new Map(outputFiles.map((file) => [relative(options.outdir, file.path), file.contents])),
    inputs: metafile.inputs,
  };
  const sources = pathsOf(built);
  const digest = digestOf(sources);
  if (!haveChangedSince(startedAt, sources)) {
    replaceFile(path, serialize({ digest, built } satisfies Kept));
    removeOld(path);
  }
  return built;
}

interface Kept {
  /** The digest of what `built` was made from. */
  digest: string;
  built: Built;
}

/** The same for every checkout of the project, and for every Node: each reads what another has serialized. */
function keptAt(options: BuildOptions): string {
  const key = JSON.stringify([options, version]).replaceAll(ROOT, '');
  return join(DIST, 'builds', createHash('sha256').update(key).digest('hex').slice(0, 16));
}

/** Undefined if there is none that can be read. */
function read(path: string): Kept | undefined {
  try {
    return deserialize(readFileSync(path));
  } catch {
    return undefined;
  }
}
