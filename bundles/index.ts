/**
 * The bundles of runtime/: what the provisioner Lambda and the worker image hold. esbuild makes them, since it needs no
 * plug-in and takes milliseconds. The same sources give the same bytes, so that hashes (the image's tag, the function's
 * code) only change when the code does.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from '../root';
import { filesOf, replaceFile, zipFolder } from './files';

const DIST = join(ROOT, 'dist');

export interface RuntimeBundles {
  /** The provisioner Lambda, handler `index.handler`. */
  provisioner: {
    /** Folder with index.js. */
    folder: string;
    /** The folder as a zip file, as Lambda takes it. */
    archive: string;
    /** SHA-256 of `archive`, base64: what Lambda reports as CodeSha256. */
    sourceCodeHash: string;
  };
  /** The worker; what the container image holds. */
  worker: {
    /** Folder with main.js and what it loads. */
    folder: string;
    /** Tag of the image for an architecture: changes with the bundle and the Dockerfile, and only then. */
    imageTag(architecture: string): string;
  };
}

/** Writes dist/provisioner, dist/provisioner.zip and dist/worker. Throws esbuild's error on code that does not build. */
export function bundleRuntime(): RuntimeBundles {
  const provisioner = bundle(join(DIST, 'provisioner'), 'node22', { index: 'runtime/provisioner/index.ts' });
  const worker = bundle(join(DIST, 'worker'), 'node20', {
    main: 'runtime/worker/main.ts',
    slot: 'runtime/worker/slot/main.ts',
    'end-with-worker': 'runtime/worker/slot/end-with-worker.ts',
  });
  const archive = join(DIST, 'provisioner.zip');
  const zip = zipFolder(provisioner);
  replaceFile(archive, zip);
  return {
    provisioner: {
      folder: provisioner,
      archive,
      sourceCodeHash: createHash('sha256').update(zip).digest('base64'),
    },
    worker: { folder: worker, imageTag: (architecture) => imageTag(worker, architecture) },
  };
}

function bundle(outdir: string, target: string, entryPoints: Record<string, string>): string {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints,
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target,
    // The SDK's ES modules, unlike its CommonJS ones, shake down to the operations in use.
    mainFields: ['module', 'main'],
    minify: true,
    // Names tell errors apart, and stack traces show names of functions.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
    write: false,
  });
  mkdirSync(outdir, { recursive: true });
  for (const { path, contents } of outputFiles) replaceFile(path, contents, DIST);
  const current = new Set(outputFiles.map(({ path }) => basename(path)));
  for (const file of filesOf(outdir)) if (!current.has(file)) rmSync(join(outdir, file), { force: true });
  return outdir;
}

function imageTag(folder: string, architecture: string): string {
  const hash = createHash('sha256').update(architecture);
  for (const file of [...filesOf(folder).map((name) => join(folder, name)), join(ROOT, 'Dockerfile')]) {
    hash.update(`\0${basename(file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}
