/** What main.ts has made its stack from. */
import { join, relative, sep } from 'node:path';
import type { RuntimeBundles } from '../../bundles';
import { ROOT } from '../../root';

/** Its own sources, and all files that it reads. */
const OWN = [
  'asl',
  'bundles',
  'processors',
  'runtime',
  'stacks',
  'cdktf.json',
  'Dockerfile',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
/** Compilers, which do not change unless their package.json does: reading their megabytes would take longer than all the others. */
const COMPILER = /[\\/]node_modules[\\/](typescript|@swc[\\/][^\\/]+|ts-node)[\\/]/;

/**
 * Paths of files and folders, relative to the repository's root; with every module that this process has loaded. Undefined if a
 * processor does not load: next time, it may; or if processors are in a folder of another project, whose packages nobody watches.
 */
export function inputsOf({ sources, processors }: RuntimeBundles): string[] | undefined {
  if (!sources || Object.values(processors).some((description) => 'error' in description)) return undefined;
  const modules = Object.keys(require.cache).map((path) => {
    const [compiler] = COMPILER.exec(path) ?? [];
    return compiler ? join(path.slice(0, path.indexOf(compiler)), compiler, 'package.json') : path;
  });
  const outside = [...modules.map((path) => relative(ROOT, path)), ...sources].filter(
    (path) => !OWN.includes(path.split(sep)[0] ?? ''),
  );
  return [...OWN, ...new Set(outside)].sort();
}
