/** The pages for browsers: script and style sheet of page/, with the packages that they use, so that nothing is loaded from elsewhere. */
import { join } from 'node:path';
import { build } from './build';
import { DIST } from './dist';

export interface PageBundle {
  /** JavaScript, without an end tag of a script element in it. */
  script: string;
  /** CSS */
  style: string;
}

/** `report`: of a file that has one run in it. `view`: of the server of live runs. */
export function bundlePage(name: 'report' | 'view'): PageBundle {
  const { files } = build({
    entryPoints: [`page/${name}.ts`],
    outdir: join(DIST, 'page'),
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    tsconfig: 'page/tsconfig.json',
    minifyIdentifiers: true,
    sourcemap: false,
  });
  const text = (file: string) => Buffer.from(files.get(file) ?? []).toString();
  return { script: text(`${name}.js`), style: text(`${name}.css`) };
}
