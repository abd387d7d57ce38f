/**
 * The bundles: what the Lambda functions and the worker image hold. esbuild makes them, since it needs no plug-in and takes
 * milliseconds. The same sources give the same bytes, so that hashes (the image's tag, the function's code) only change when
 * the code does.
 */
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from '../root';
import type { ProcessorDescriptions } from '../runtime/contract';
import { OPTIONS } from './esbuild';
import { type Contents, removeOld, replaceFile, replaceFolder, zipFiles } from './files';
import { imageContext, imageTag } from './image';
import { buildProcessors, describeProcessors, type ProcessorBuilds } from './processors';
import { openProcessorsFolder, type ProcessorsFolder } from './processors/folder';

const DIST = join(ROOT, 'dist');

/** The settings that bundles depend on. */
export interface BundleSettings {
  /** Absolute path. Default: processors/ of the project. */
  processorsFolder?: string;
  /** Variables that the deployment gives to processors, which may read them when they load. Default: none. */
  processorEnvironment?: Record<string, string>;
}

export interface WorkerBundle {
  /** Folder with main.js, what it loads, and processors/; the content of the image. */
  folder: string;
  /** Tag of the image for an architecture: changes with what the image holds and how it is built, and only then. */
  imageTag(architecture: string): string;
  /** Writes the context of the image's build, Dockerfile included; returns its folder. Throws a BuildError. */
  writeImageContext(): string;
}

/** Of a Lambda function, handler `index.handler`. */
export interface FunctionBundle {
  /** Zip file of index.js and processors.json, as Lambda takes it. Its name tells its content: other bundles leave it alone. */
  archive: string;
  /** SHA-256 of `archive`, base64: what Lambda reports as CodeSha256. */
  sourceCodeHash: string;
}

export interface RuntimeBundles {
  provisioner: FunctionBundle;
  selector: FunctionBundle;
  worker: WorkerBundle;
  /** Every processor, by name: what it is, or why it does not load. */
  processors: ProcessorDescriptions;
}

/**
 * Writes the worker, and a zip file for each function, below dist/. A processor that does not build or load is described so. Throws
 * esbuild's error on code of runtime/ that does not build, and a ProcessorsFolderError.
 */
export function bundleRuntime({
  processorsFolder,
  processorEnvironment = {},
}: BundleSettings = {}): RuntimeBundles {
  const folder = openProcessorsFolder(processorsFolder);
  const dist = distOf(folder);
  const builds = buildProcessors(folder);
  const worker = writeWorker(folder, builds);
  const processors = describeProcessors(builds, folder, worker.folder, processorEnvironment, dist);
  const provisioner = writeFunction('provisioner', processors, dist);
  const selector = writeFunction('selector', processors, dist);
  return { provisioner, selector, worker, processors };
}

/** Writes the worker. It needs no package of a processor. Throws a ProcessorsFolderError. */
export function bundleWorker({ processorsFolder }: BundleSettings = {}): WorkerBundle {
  const folder = openProcessorsFolder(processorsFolder);
  return writeWorker(folder, buildProcessors(folder));
}

/** Each folder of processors has its own: other commands may bundle others at a time, and modules find their packages above them. */
function distOf({ path, isWorkspace }: ProcessorsFolder): string {
  if (isWorkspace) return DIST;
  return join(DIST, 'folders', createHash('sha256').update(path).digest('hex').slice(0, 16));
}

/** Several processes may bundle for different environments of processors at a time. */
function writeFunction(
  name: 'provisioner' | 'selector',
  processors: ProcessorDescriptions,
  dist: string,
): FunctionBundle {
  const files = bundle('node22', { index: `runtime/${name}/index.ts` });
  files.set('processors.json', `${JSON.stringify(processors)}\n`);
  const zip = zipFiles(files);
  const hash = createHash('sha256').update(zip);
  const sourceCodeHash = hash.copy().digest('base64');
  const archive = join(dist, 'functions', `${name}-${hash.digest('hex').slice(0, 16)}.zip`);
  replaceFile(archive, zip);
  removeOld(archive);
  return { archive, sourceCodeHash };
}

function writeWorker(processors: ProcessorsFolder, builds: ProcessorBuilds): WorkerBundle {
  const dist = distOf(processors);
  const folder = join(dist, 'worker');
  const files = new Map<string, Contents>(
    bundle('node20', {
      main: 'runtime/worker/main.ts',
      slot: 'runtime/worker/slot/main.ts',
      'end-with-worker': 'runtime/worker/slot/end-with-worker.ts',
    }),
  );
  for (const [path, contents] of builds.files) files.set(path, contents);
  replaceFolder(folder, files, dist);
  return {
    folder,
    imageTag: (architecture) => imageTag(imageContext(folder, processors), processors, architecture),
    writeImageContext() {
      const context = join(dist, 'image');
      replaceFolder(context, imageContext(folder, processors), dist);
      return context;
    },
  };
}

function bundle(target: string, entryPoints: Record<string, string>): Map<string, Uint8Array | string> {
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
