/** What main.ts has made its stack from. */
import type { RuntimeBundles } from '../../bundles';

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
/**
 * Paths of files and folders, relative to the repository's root, beside the modules of main.ts. Undefined if a processor does not load:
 * next time, it may; or if processors are in a folder of another project, whose packages nobody watches.
 */
export function inputsOf({ sources, processors }: RuntimeBundles): string[] | undefined {
  if (!sources || Object.values(processors).some((description) => 'error' in description)) return undefined;
  return [...OWN, ...sources];
}
