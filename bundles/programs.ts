/** Programs of the local cloud: each a file that plain Node.js runs. */
import { join } from 'node:path';
import { build } from './build';
import { DIST } from './dist';

/** By the file that it is made from: a path, relative to the root. */
export function bundlePrograms(sources: string[]): Map<string, Uint8Array> {
  const { files } = build({
    entryPoints: sources,
    outbase: '.',
    outdir: join(DIST, 'programs'),
    format: 'cjs',
    target: 'node20',
    minifySyntax: false,
    minifyWhitespace: false,
    sourcemap: false,
  });
  return new Map(
    sources.map((source) => [source, files.get(source.replace(/\.ts$/, '.js')) ?? new Uint8Array()]),
  );
}
