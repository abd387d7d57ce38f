/**
 * Builds a processor: an ES module that holds the processor's own files and `runtime/processor`. What it imports from npm stays an
 * import, which Node.js resolves where the module runs: native add-ons, WebAssembly and files of packages stay what they are.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { type BuildFailure, buildSync, type Metafile } from 'esbuild';
import { ROOT } from '../../root';
import { OPTIONS } from '../esbuild';
import { filesOf } from '../files';
import { moduleOf, PROCESSOR_NAME, PROCESSORS } from './names';
import { type ProcessorPackages, packageOf } from './packages';

export interface BuiltProcessor {
  /** What is to stand in the processor's folder, by path: the module, its source map, and the files beside it. */
  files: Map<string, Uint8Array>;
  /** Paths of the sources in processors/, relative to the project. */
  sources: string[];
  /** Paths of the other files of its folder, relative to the project. */
  assets: string[];
  /** Names of the npm packages that it imports. */
  packages: string[];
}

/** A processor that does not build: the message says why, with file and line. */
export class BuildError extends Error {
  override name = 'BuildError';
}

/** Everything that runtime/processor imports from npm: it is bundled, since the image has no other package of the project. */
const BUNDLED = { zod: join(dirname(require.resolve('zod/package.json')), 'index.js') };

/** What a tool left there is no part of a processor. */
const LEFTOVER = /(^|\/)(\.[^/]*|__pycache__|node_modules)(\/|$)/;
const SOURCE = /\.[cm]?[jt]sx?$/;

/** Throws a BuildError. */
export function buildProcessor(name: string, packages: ProcessorPackages): BuiltProcessor {
  if (!PROCESSOR_NAME.test(name)) {
    throw new BuildError(
      `processors/${name}: the name of a processor is up to 40 lower-case letters, digits and hyphens, a letter first`,
    );
  }
  const folder = join(PROCESSORS, name);
  const { metafile, outputFiles } = build(moduleOf(folder) as string);
  const sources = Object.keys(metafile.inputs).filter((path) => path.startsWith('processors/'));
  const imported = sources.flatMap((path) => importsOf(path, metafile, packages));
  for (const path of sources) checkMeta(path, name);
  const files = new Map<string, Uint8Array>();
  for (const { path, contents } of outputFiles) {
    if (path.endsWith('.map')) files.set('index.mjs.map', relocate(contents, folder));
    else files.set('index.mjs', contents);
  }
  const assets = filesOf(folder).filter((path) => !LEFTOVER.test(path) && !SOURCE.test(path));
  for (const path of assets) files.set(path, readFileSync(join(folder, path)));
  return {
    files,
    sources,
    assets: assets.map((path) => `processors/${name}/${path}`),
    packages: [...new Set(imported)].sort(),
  };
}

function build(entry: string) {
  try {
    return buildSync({
      ...OPTIONS,
      entryPoints: { index: entry },
      outdir: PROCESSORS,
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      target: 'node20',
      packages: 'external',
      alias: BUNDLED,
      metafile: true,
    });
  } catch (error) {
    const [{ text = String(error), location = null } = {}] = (error as BuildFailure).errors ?? [];
    const where = location ? `${location.file}:${location.line}:${location.column + 1}: ` : '';
    throw new BuildError(`${where}${text}`);
  }
}

/** The packages that a source imports. Throws a BuildError on an import that would not work in the image. */
function importsOf(path: string, { inputs }: Metafile, packages: ProcessorPackages): string[] {
  const imports = inputs[path]?.imports ?? [];
  return imports.flatMap(({ path: target, original = target, kind, external }) => {
    // esbuild's own helpers are in <runtime>.
    if (isBuiltin(original) || target === '<runtime>') return [];
    if (kind === 'require-call' && external) {
      throw new BuildError(
        `${path}: require('${original}'): processors are ES modules; use \`import\`, or createRequire of node:module`,
      );
    }
    if (external) {
      const name = packageOf(original);
      if (packages.declared.has(name)) return [name];
      throw new BuildError(
        `${path} imports ${name}, which processors/package.json does not declare: run \`npm install ${name} --workspace processors\``,
      );
    }
    if (original in BUNDLED || target.startsWith('processors/') || target === 'runtime/processor/index.ts')
      return [];
    throw new BuildError(
      `${path} imports ${original}: a processor imports runtime/processor, npm packages and files of processors/, and nothing else`,
    );
  });
}

/** All sources become one module, which stands where index.ts does. */
function checkMeta(path: string, name: string): void {
  if (dirname(path) === `processors/${name}`) return;
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
  const line = lines.findIndex((text) => /\bimport\.meta\.(url|dirname|filename)\b/.test(text));
  if (line < 0) return;
  throw new BuildError(
    `${path}:${line + 1}: import.meta.url is that of processors/${name}/index.ts, since all sources become one module: find the file from there`,
  );
}

/** Stack traces name the sources as if they stood beside the module. */
function relocate(map: Uint8Array, folder: string): Uint8Array {
  const parsed = JSON.parse(Buffer.from(map).toString());
  const sources = (parsed.sources as string[]).map((source) =>
    relative(folder, join(PROCESSORS, source)).split(sep).join('/'),
  );
  return Buffer.from(JSON.stringify({ ...parsed, sources }));
}
