/**
 * The bundles: what the Lambda functions and the worker image hold. esbuild makes them, since it needs no plug-in and takes
 * milliseconds. The same sources give the same bytes, so that hashes (the image's tag, the function's code) only change when
 * the code does.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { ROOT } from '../root';
import type { ProcessorDescriptions } from '../runtime/contract';
import { build } from './build';
import { DIST } from './dist';
import { type Contents, removeOld, replaceFolder } from './files';
import { imageContext, imageTag } from './image';
import { buildProcessors, describeProcessors, type ProcessorBuilds } from './processors';
import { openProcessorsFolder, type ProcessorsFolder } from './processors/folder';
import { writeZip } from './zip';

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
  /**
   * Zip file of index.js and, if the function asks for processors, processors.json, as Lambda takes it. Its name contains the hash of its
   * contents, so other bundles do not replace it.
   */
  archive: string;
  /** SHA-256 of `archive`, base64: what Lambda reports as CodeSha256. */
  sourceCodeHash: string;
}

export interface RuntimeBundles {
  provisioner: FunctionBundle;
  selector: FunctionBundle;
  notifier: FunctionBundle;
  worker: WorkerBundle;
  /** Every processor, by name: what it is, or why it does not load. */
  processors: ProcessorDescriptions;
  /**
   * Paths of the files that all this was made from, relative to the repository's root; undefined if other files may have been used, too.
   */
  sources?: string[];
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
  const runtime = buildRuntime();
  const worker = writeWorker(folder, runtime, builds);
  const processors = describeProcessors(builds, folder, worker.folder, processorEnvironment, dist);
  const described = new Map<string, Uint8Array>([
    ['processors.json', Buffer.from(`${JSON.stringify(processors)}\n`)],
  ]);
  const provisioner = writeFunction('provisioner', new Map([...runtime.provisioner, ...described]), dist);
  const selector = writeFunction('selector', new Map([...runtime.selector, ...described]), dist);
  const notifier = writeFunction('notifier', runtime.notifier, dist);
  const sources = folder.isWorkspace ? [...new Set([...runtime.sources, ...builds.sources])] : undefined;
  return { provisioner, selector, notifier, worker, processors, sources };
}

/** Writes the worker. It needs no package of a processor. Throws a ProcessorsFolderError. */
export function bundleWorker({ processorsFolder }: BundleSettings = {}): WorkerBundle {
  const folder = openProcessorsFolder(processorsFolder);
  return writeWorker(folder, buildRuntime(), buildProcessors(folder));
}

/** Each folder of processors has its own: other commands may bundle others at a time, and modules find their packages above them. */
function distOf({ path, isWorkspace }: ProcessorsFolder): string {
  if (isWorkspace) return DIST;
  return join(DIST, 'folders', createHash('sha256').update(path).digest('hex').slice(0, 16));
}

type FunctionName = 'provisioner' | 'selector' | 'notifier';

/** The files of each bundle, by name. */
interface Runtime extends Record<'worker' | FunctionName, Map<string, Uint8Array>> {
  /** Paths, relative to the repository's root. */
  sources: string[];
}

/** Providers of credentials that neither Lambda nor ECS needs, and what stands in for each. */
const OF_A_PERSON = ['ini', 'process', 'sso', 'web-identity'];
const NO_CREDENTIALS = join(ROOT, 'runtime/aws/no-credentials.ts');

/** At once, since they share most of their modules; the slot apart, since it has no source map. */
function buildRuntime(): Runtime {
  const options = {
    outdir: DIST,
    format: 'cjs',
    // The oldest that runs them, in a local cloud.
    target: 'node20',
    // The SDK's ES modules, unlike its CommonJS ones, shake down to the operations in use.
    mainFields: ['module', 'main'],
    alias: Object.fromEntries(
      OF_A_PERSON.map((name) => [`@aws-sdk/credential-provider-${name}`, NO_CREDENTIALS]),
    ),
  } satisfies BuildOptions;
  const others = build({
    ...options,
    entryPoints: {
      'worker/main': 'runtime/worker/main.ts',
      'provisioner/index': 'runtime/provisioner/index.ts',
      'selector/index': 'runtime/selector/index.ts',
      'notifier/index': 'runtime/notifier/index.ts',
    },
  });
  const slot = build({
    ...options,
    entryPoints: { 'worker/slot': 'runtime/worker/slot/main.ts' },
    // A slot shows lines of its processor, and none of its own. Node.js would read the map at each start.
    sourcemap: false,
  });
  const files = new Map([...others.files, ...slot.files]);
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
    notifier: below('notifier'),
    sources: [...new Set([...Object.keys(others.inputs), ...Object.keys(slot.inputs)])],
  };
}

/** Several processes may bundle for different environments of processors at a time. */
function writeFunction(name: FunctionName, files: Map<string, Uint8Array>, dist: string): FunctionBundle {
  const archive = writeZip(join(dist, 'functions'), name, files);
  removeOld(archive);
  return { archive, sourceCodeHash: createHash('sha256').update(readFileSync(archive)).digest('base64') };
}

function writeWorker(processors: ProcessorsFolder, runtime: Runtime, builds: ProcessorBuilds): WorkerBundle {
  const dist = distOf(processors);
  const folder = join(dist, 'worker');
  replaceFolder(folder, new Map<string, Contents>([...runtime.worker, ...builds.files]), dist);
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
