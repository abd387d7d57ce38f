/** The options that every bundle is built with. */
import type { BuildOptions } from 'esbuild';
import { ROOT } from '../root';

export const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  minifySyntax: true,
  minifyWhitespace: true,
  // Names tell errors apart, and stack traces show names of functions. With shorter identifiers, esbuild would keep names too, but it names
  // each function again whenever one is made, which takes a twentieth of a slot's CPU.
  minifyIdentifiers: false,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'silent',
  write: false,
} as const satisfies BuildOptions;
