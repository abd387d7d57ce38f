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
import { imageTag } from './image-tag';
import { buildProcessors, describeProcessors, type ProcessorBuilds } from './processors';

const DIST = join(ROOT, 'dist');

export interface WorkerBundle {
  /** Folder with main.js, what it loads, and processors/; the content of the image. */
  folder: string;
  /** Tag of the image for an architecture: changes with what the image holds and how it is built, and only then. */
  imageTag(architecture: string): string;
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
 * Writes dist/worker, and a zip file for each function into dist/functions. `processorEnvironment`: the variables that the deployment
 * gives to processors, which may read them when they load. A processor that does not build or load is described so. Throws
 * esbuild's error on code of runtime/ that does not build.
 */
export function bundleRuntime(processorEnvironment: Record<string, string> = {}): RuntimeBundles {
  const builds = buildProcessors();
  const worker = writeWorker(builds);
  const processors = describeProcessors(builds, worker.folder, processorEnvironment, DIST);
  const provisioner = writeFunction('provisioner', processors);
  const selector = writeFunction('selector', processors);
  return { provisioner, selector, worker, processors };
}

/** Writes dist/worker. It needs no package of a processor. */
export function bundleWorker(): WorkerBundle {
  return writeWorker(buildProcessors());
}

/** Several processes may bundle for different environments of processors at a time. */
function writeFunction(name: 'provisioner' | 'selector', processors: ProcessorDescriptions): FunctionBundle {
  const files = bundle('node22', { index: `runtime/${name}/index.ts` });
  files.set('processors.json', `${JSON.stringify(processors)}\n`);
  const zip = zipFiles(files);
  const hash = createHash('sha256').update(zip);
  const sourceCodeHash = hash.copy().digest('base64');
  const archive = join(DIST, 'functions', `${name}-${hash.digest('hex').slice(0, 16)}.zip`);
  replaceFile(archive, zip);
  removeOld(archive);
  return { archive, sourceCodeHash };
}

function writeWorker(builds: ProcessorBuilds): WorkerBundle {
  const folder = join(DIST, 'worker');
  const files = new Map<string, Contents>(
    bundle('node20', {
      main: 'runtime/worker/main.ts',
      slot: 'runtime/worker/slot/main.ts',
      'end-with-worker': 'runtime/worker/slot/end-with-worker.ts',
    }),
  );
  for (const [path, contents] of builds.files) files.set(path, contents);
  replaceFolder(folder, files, DIST);
  return { folder, imageTag: (architecture) => imageTag(folder, architecture) };
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
