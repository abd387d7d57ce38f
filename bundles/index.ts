/**
 * The bundles: what the Lambda functions and the worker image hold. esbuild makes them, since it needs no plug-in and takes
 * milliseconds. The same sources give the same bytes, so that hashes (the image's tag, the function's code) only change when
 * the code does.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProcessorDescriptions } from '../runtime/contract';
import { build } from './build';
import { DIST } from './dist';
import { type Contents, removeOld, replaceFolder } from './files';
import { imageTag } from './image-tag';
import { buildProcessors, describeProcessors, type ProcessorBuilds } from './processors';
import { writeZip } from './zip';

export interface WorkerBundle {
  /** Folder with main.js, what it loads, and processors/; the content of the image. */
  folder: string;
  /** Tag of the image for an architecture: changes with what the image holds and how it is built, and only then. */
  imageTag(architecture: string): string;
}

/** Of a Lambda function, handler `index.handler`. */
export interface FunctionBundle {
  /** Zip file of index.js and processors.json, as Lambda takes it. Its name tells its contents: other bundles leave it alone. */
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
  /** Paths of the files that all this was made from, relative to the repository's root. */
  sources: string[];
}

/**
 * Writes dist/worker, and a zip file for each function into dist/functions. `processorEnvironment`: the variables that the deployment
 * gives to processors, which may read them when they load. A processor that does not build or load is described so. Throws
 * esbuild's error on code of runtime/ that does not build.
 */
export function bundleRuntime(processorEnvironment: Record<string, string> = {}): RuntimeBundles {
  const builds = buildProcessors();
  const runtime = buildRuntime();
  const worker = writeWorker(runtime, builds);
  const processors = describeProcessors(builds, worker.folder, processorEnvironment, DIST);
  const provisioner = writeFunction('provisioner', runtime, processors);
  const selector = writeFunction('selector', runtime, processors);
  const sources = [...new Set([...runtime.sources, ...builds.sources])];
  return { provisioner, selector, worker, processors, sources };
}

/** Writes dist/worker. It needs no package of a processor. */
export function bundleWorker(): WorkerBundle {
  return writeWorker(buildRuntime(), buildProcessors());
}

type FunctionName = 'provisioner' | 'selector';

/** The files of each bundle, by name. */
interface Runtime extends Record<'worker' | FunctionName, Map<string, Uint8Array>> {
  /** Paths, relative to the repository's root. */
  sources: string[];
}

/** At once, since they share most of their modules. */
function buildRuntime(): Runtime {
  const { files, inputs } = build({
    entryPoints: {
      'worker/main': 'runtime/worker/main.ts',
      'worker/slot': 'runtime/worker/slot/main.ts',
      'worker/end-with-worker': 'runtime/worker/slot/end-with-worker.ts',
      'provisioner/index': 'runtime/provisioner/index.ts',
      'selector/index': 'runtime/selector/index.ts',
    },
    outdir: DIST,
    format: 'cjs',
    // The oldest that runs them, in a local cloud.
    target: 'node20',
    // The SDK's ES modules, unlike its CommonJS ones, shake down to the operations in use.
    mainFields: ['module', 'main'],
  });
  const below = (folder: string) =>
    new Map(
      [...files]
        .filter(([path]) => dirname(path) === folder)
        .map(([path, contents]) => [basename(path), contents]),
    );
  return {
    worker: below('worker'),
    provisioner: below('provisioner'),
    selector: below('selector'),
    sources: Object.keys(inputs),
  };
}

/** Several processes may bundle for different environments of processors at a time. */
function writeFunction(
  name: FunctionName,
  runtime: Runtime,
  processors: ProcessorDescriptions,
): FunctionBundle {
  const files = new Map<string, Uint8Array | string>(runtime[name]);
  files.set('processors.json', `${JSON.stringify(processors)}\n`);
  const archive = writeZip(join(DIST, 'functions'), name, files);
  removeOld(archive);
  return { archive, sourceCodeHash: createHash('sha256').update(readFileSync(archive)).digest('base64') };
}

function writeWorker(runtime: Runtime, builds: ProcessorBuilds): WorkerBundle {
  const folder = join(DIST, 'worker');
  replaceFolder(folder, new Map<string, Contents>([...runtime.worker, ...builds.files]), DIST);
  return { folder, imageTag: (architecture) => imageTag(folder, architecture) };
}
