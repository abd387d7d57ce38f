/**
 * Builds a processor: an ES module that holds the processor's own files and `runtime/processor`. Imports from npm stay
 * imports, which Node.js resolves where the module runs: so native add-ons, WebAssembly and files of packages work unchanged.
 */
import { basename, dirname, join, relative, sep } from 'node:path';
import type { BuildFailure } from 'esbuild';
import { ROOT } from '../../root';
import { type Built, build } from '../build';
import type { Contents } from '../files';
import { BuildError } from './build-error';
import { checkLink, filesBeside } from './files-beside';
import type { ProcessorsFolder } from './folder';
import { INTERFACE, INTERFACE_SOURCE, packagesOf } from './imports';
import { modulesOf, PROCESSOR_NAME } from './names';
import type { ProcessorPackages } from './packages';
import { checkMeta, loadsUnseen } from './source';

export interface BuiltProcessor {
  /** The content of the processor's folder, by path: the module, its source map, and the files beside it. */
  files: Map<string, Contents>;
  /** Paths of the sources in the folder of processors, each with the name of that folder first. */
  sources: string[];
  /** Paths of all that is bundled: `sources`, and files of the framework and its packages. */
  bundled: string[];
  /** Paths of the other files of its own folder, in the same form. */
  assets: string[];
  /** Names of the npm packages that it may load. */
  packages: string[];
}

/** Files that only a compiler understands need not be copied. */
const TYPESCRIPT = /\.[cm]?tsx?$/;
const JAVASCRIPT = /\.[cm]?js$/;

/** Bundled, since the image has no other package of the project; the folder, so that esbuild finds its ES module. */
const ZOD = dirname(require.resolve('zod/package.json'));

/** Makes `require` work in an ES module: Node.js resolves the name where the module runs. */
const REQUIRE =
  "import { createRequire as nodeCreateRequire } from 'node:module'; const require = nodeCreateRequire(import.meta.url);";

/** Throws a BuildError. */
export function buildProcessor(
  name: string,
  processors: ProcessorsFolder,
  packages: ProcessorPackages,
): BuiltProcessor {
  const label = `${processors.name}/${name}`;
  if (!PROCESSOR_NAME.test(name)) {
    throw new BuildError(
      `${label}: the name of a processor is up to 40 lower-case letters, digits and hyphens, a letter first`,
    );
  }
  const folder = join(processors.path, name);
  const [module = '', another] = modulesOf(folder);
  if (another) throw new BuildError(`${label} has ${basename(module)} and ${basename(another)}: keep one`);
  for (const path of [folder, module]) checkLink(path, processors);
  const { files: built, inputs } = buildModule(module, processors);
  const bundled = Object.keys(inputs);
  const sources = bundled.filter((path) => path.startsWith(`${processors.name}/`));
  const imported = sources.flatMap((path) => packagesOf(path, inputs, processors, packages));
  for (const path of sources) checkMeta(path, name, processors);
  const files = new Map<string, Contents>();
  for (const [path, contents] of built)
    files.set(path, path.endsWith('.map') ? relocate(contents, folder, processors) : contents);
  const below = (path: string) => `${label}/${path.split(sep).join('/')}`;
  const beside = filesBeside(folder, processors).filter((path) => !TYPESCRIPT.test(path));
  const assets = beside.filter((path) => !JAVASCRIPT.test(path) || !sources.includes(below(path)));
  for (const path of assets) files.set(path, { copyOf: join(folder, path) });
  const mayLoadAny =
    assets.some((path) => JAVASCRIPT.test(path)) || sources.some((path) => loadsUnseen(path, processors));
  return {
    files,
    sources,
    bundled,
    assets: assets.map(below),
    packages: [...new Set(mayLoadAny ? packages.declared : imported)].sort(),
  };
}

function buildModule(entry: string, { path, parent }: ProcessorsFolder): Built {
  try {
    return build({
      absWorkingDir: parent,
      entryPoints: { index: entry },
      outdir: path,
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      target: 'node20',
      packages: 'external',
      alias: { zod: ZOD, [INTERFACE]: INTERFACE_SOURCE },
      mainFields: ['module', 'main'],
      banner: { js: REQUIRE },
      // Classes of errors may have the same name in two of the files.
      keepNames: true,
    });
  } catch (error) {
    const [{ text = String(error), location = null } = {}] = (error as BuildFailure).errors ?? [];
    const where = location ? `${location.file}:${location.line}:${location.column + 1}: ` : '';
    throw new BuildError(`${where}${text}`);
  }
}

/** Stack traces name the sources as if they stood beside the module, and those of this project as if the module were in processors/. */
function relocate(map: Uint8Array, folder: string, { path }: ProcessorsFolder): Uint8Array {
  const parsed = JSON.parse(Buffer.from(map).toString());
  const sources = (parsed.sources as string[]).map((source) => {
    const file = join(path, source);
    const place = file.startsWith(path + sep) ? relative(folder, file) : join('../..', relative(ROOT, file));
    return place.split(sep).join('/');
  });
  return Buffer.from(JSON.stringify({ ...parsed, sources }));
}
