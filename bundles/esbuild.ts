/** The options that every bundle is built with. */
import type { BuildOptions } from 'esbuild';
import { ROOT } from '../root';

export const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  minify: true,
  // Names tell errors apart, and stack traces show names of functions.
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'silent',
  write: false,
} as const satisfies BuildOptions;
