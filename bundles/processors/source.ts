/** What esbuild does not say about a source: read from its text, without comments. */
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Loader, transformSync } from 'esbuild';
import { ROOT } from '../../root';
import { BuildError } from './build-error';

const LOADERS: Record<string, Loader> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};

/** `new URL('./x', import.meta.url)` and its like. A `createRequire` is the same everywhere in processors/. */
const OWN_PLACE = /(?<!createRequire\()import\.meta\.(url\b|dirname\b|filename\b|resolve\(["'`]\.)/;

const COMMENT = /^\s*(\/\/|\/?\*).*/;

/** A call of what createRequire made, by whatever name with "require" in it. */
const REQUIRE = /(?:[\w$]*require[\w$]*|createRequire\([^()]*\))(?:\.resolve)?\((["'`])([^"'`$\\]+)\1\)/gi;

/** All sources become one module, which stands where index.ts does. Throws a BuildError on one that believes to be elsewhere. */
export function checkMeta(path: string, name: string): void {
  if (path.split('/').length === 3 && path.startsWith(`processors/${name}/`)) return;
  if (!OWN_PLACE.test(codeOf(path))) return;
  const line = lineOf(path, (text) => OWN_PLACE.test(text.replace(COMMENT, '')));
  throw new BuildError(
    `${path}:${line}: all sources become one module, so import.meta is that of processors/${name}/index.ts: find the file from there`,
  );
}

/** Names of modules that a `require` of createRequire loads, which esbuild does not see: where they are plain text. */
export function requiredIn(path: string): string[] {
  const code = codeOf(path);
  if (!code.includes('createRequire')) return [];
  return [...code.matchAll(REQUIRE)]
    .map(([, , specifier = '']) => specifier)
    .filter((specifier) => !/^[./]/.test(specifier));
}

/** Whether it may load modules whose names are not in its text. */
export function loadsUnseen(path: string): boolean {
  return /\bcreateRequire\b|\bimport\((?!["'`])/.test(codeOf(path));
}

/** Number, from 1, of the first line that fits. */
export function lineOf(path: string, fits: (line: string) => boolean): number | undefined {
  const index = readFileSync(join(ROOT, path), 'utf8').split('\n').findIndex(fits);
  return index < 0 ? undefined : index + 1;
}

function codeOf(path: string): string {
  const extension = extname(path);
  if (!/^\.[cm]?[jt]sx?$/.test(extension)) return '';
  const text = readFileSync(join(ROOT, path), 'utf8');
  if (!/createRequire|import\s*[.(]/.test(text)) return '';
  return transformSync(text, {
    loader: LOADERS[extension] ?? 'js',
    minifyWhitespace: true,
    legalComments: 'none',
    charset: 'utf8',
  }).code;
}
