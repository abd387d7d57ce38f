/** What esbuild does not say about a source: read from its text, without comments. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type Loader, transformSync } from 'esbuild';
import { BuildError } from './build-error';
import { type ProcessorsFolder, pathOf } from './folder';

const LOADERS: Record<string, Loader> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};

/** `new URL('./x', import.meta.url)` and its like. A `createRequire` is the same everywhere in the folder of processors. */
const OWN_PLACE = /(?<!createRequire\()import\.meta\.(url\b|dirname\b|filename\b|resolve\(["'`]\.)/;

const COMMENT = /^\s*(\/\/|\/?\*).*/;

/** A call of what createRequire made, by whatever name with "require" in it. */
const REQUIRE = /(?:[\w$]*require[\w$]*|createRequire\([^()]*\))(?:\.resolve)?\((["'`])([^"'`$\\]+)\1\)/gi;

/** All sources become one module, in place of index.ts. Throws a BuildError for a source that expects another place. */
export function checkMeta(path: string, name: string, processors: ProcessorsFolder): void {
  const own = `${processors.name}/${name}/`;
  if (path.split('/').length === 3 && path.startsWith(own)) return;
  if (!OWN_PLACE.test(codeOf(path, processors))) return;
  const line = lineOf(path, processors, (text) => OWN_PLACE.test(text.replace(COMMENT, '')));
  throw new BuildError(
    `${path}:${line}: all sources become one module, so import.meta is that of ${own}index.ts: find the file from there`,
  );
}

/** Names of modules that a `require` of createRequire loads, which esbuild does not see: if they are plain text. */
export function requiredIn(path: string, processors: ProcessorsFolder): string[] {
  const code = codeOf(path, processors);
  if (!code.includes('createRequire')) return [];
  return [...code.matchAll(REQUIRE)]
    .map(([, , specifier = '']) => specifier)
    .filter((specifier) => !/^[./]/.test(specifier));
}

/** Whether it may load modules whose names are not in its text. */
export function loadsUnseen(path: string, processors: ProcessorsFolder): boolean {
  return /\bcreateRequire\b|\bimport\((?!["'`])/.test(codeOf(path, processors));
}

/** Number, from 1, of the first line that fits. */
export function lineOf(
  path: string,
  processors: ProcessorsFolder,
  fits: (line: string) => boolean,
): number | undefined {
  const index = readFileSync(pathOf(processors, path), 'utf8').split('\n').findIndex(fits);
  return index < 0 ? undefined : index + 1;
}

function codeOf(path: string, processors: ProcessorsFolder): string {
  const extension = extname(path);
  if (!/^\.[cm]?[jt]sx?$/.test(extension)) return '';
  const text = readFileSync(pathOf(processors, path), 'utf8');
  if (!/createRequire|import\s*[.(]/.test(text)) return '';
  return transformSync(text, {
    loader: LOADERS[extension] ?? 'js',
    minifyWhitespace: true,
    legalComments: 'none',
    charset: 'utf8',
  }).code;
}
