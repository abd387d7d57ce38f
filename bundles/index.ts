/**
 * The bundles: what the provisioner Lambda and the worker image hold. esbuild makes them, since it needs no plug-in and takes
 * milliseconds. The same sources give the same bytes, so that hashes (the image's tag, the function's code) only change when
 * the code does.
 */
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from '../root';
import type { ProcessorDescriptions } from '../runtime/contract';
import { OPTIONS } from './esbuild';
import { type Contents, replaceFile, replaceFolder, zipFolder } from './files';
import { imageTag } from './image-tag';
import { buildProcessors, describeProcessors, type ProcessorBuilds } from './processors';

const DIST = join(ROOT, 'dist');

export interface WorkerBundle {
  /** Folder with main.js, what it loads, and processors/; the content of the image. */
  folder: string;
  /** Tag of the image for an architecture: changes with what the image holds and how it is built, and only then. */
  imageTag(architecture: string): string;
}

export interface RuntimeBundles {
  /** The provisioner Lambda, handler `index.handler`. */
  provisioner: {
    /** Folder with index.js and processors.json. */
    folder: string;
    /** The folder as a zip file, as Lambda takes it. */
    archive: string;
    /** SHA-256 of `archive`, base64: what Lambda reports as CodeSha256. */
    sourceCodeHash: string;
  };
  worker: WorkerBundle;
  /** Every processor, by name: what it is, or why it does not load. */
  processors: ProcessorDescriptions;
}

/**
 * Writes dist/provisioner, dist/provisioner.zip and dist/worker. `processorEnvironment`: the variables that the deployment gives
 * to processors, which may read them when they load. A processor that does not build or load is described so. Throws
 * esbuild's error on code of runtime/ that does not build.
 */
export function bundleRuntime(processorEnvironment: Record<string, string> = {}): RuntimeBundles {
  const builds = buildProcessors();
  const worker = writeWorker(builds);
  const processors = describeProcessors(builds, worker.folder, processorEnvironment, DIST);
  const folder = join(DIST, 'provisioner');
  const files = bundle('node22', { index: 'runtime/provisioner/index.ts' });
  files.set('processors.json', `${JSON.stringify(processors)}\n`);
  replaceFolder(folder, files, DIST);
  const archive = join(DIST, 'provisioner.zip');
  const zip = zipFolder(folder);
  replaceFile(archive, zip);
  const sourceCodeHash = createHash('sha256').update(zip).digest('base64');
  return { provisioner: { folder, archive, sourceCodeHash }, worker, processors };
}

/** Writes dist/worker. It needs no package of a processor. */
export function bundleWorker(): WorkerBundle {
  return writeWorker(buildProcessors());
}

function writeWorker(builds: ProcessorBuilds): WorkerBundle {
  const folder = join(DIST, 'worker');
  const files = bundle('node20', {
    main: 'runtime/worker/main.ts',
    slot: 'runtime/worker/slot/main.ts',
    'end-with-worker': 'runtime/worker/slot/end-with-worker.ts',
  });
  for (const [path, contents] of builds.files) files.set(path, contents);
  replaceFolder(folder, files, DIST);
  return { folder, imageTag: (architecture) => imageTag(folder, architecture) };
}

function bundle(target: string, entryPoints: Record<string, string>): Map<string, Contents> {
  const { outputFiles } = buildSync({
    ...OPTIONS,
    entryPoints,
    outdir: DIST,
    format: 'cjs',
    target,
    // The SDK's ES modules, unlike its CommonJS ones, shake down to the operations in use.
    mainFields: ['module', 'main'],
  });
  return new Map(outputFiles.map(({ path, contents }) => [relative(DIST, path), contents]));
}
