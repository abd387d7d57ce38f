/** Builds all processors, each apart from the others: one that fails keeps none from working. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessorDescriptions } from '../../runtime/contract';
import type { Contents } from '../files';
import { type BuiltProcessor, buildProcessor } from './build';
import { BuildError } from './build-error';
import { describeProcessor, linkOwnPackages } from './describe';
import type { ProcessorsFolder } from './folder';
import { processorNames } from './names';
import { ProcessorPackages } from './packages';
import { versionOf } from './version';

export interface ProcessorBuilds {
  /** Files for the worker's folder, by path: `processors/<name>/index.mjs`, …, and `processors/versions.json`. */
  files: Map<string, Contents>;
  versions: Record<string, string>;
  /** Names of the npm packages that each may load. */
  packages: Record<string, string[]>;
  /** Those that do not build, by name. */
  errors: Record<string, string>;
  /** Paths of the files that the others were made from, relative to the parent of the folder of processors. */
  sources: string[];
}

export function buildProcessors(processors: ProcessorsFolder): ProcessorBuilds {
  const packages = new ProcessorPackages(processors);
  const files = new Map<string, Contents>();
  const versions: ProcessorBuilds['versions'] = {};
  const packagesOf: ProcessorBuilds['packages'] = {};
  const errors: ProcessorBuilds['errors'] = {};
  const sources: string[] = [];
  for (const name of processorNames(processors.path)) {
    let built: BuiltProcessor;
    try {
      built = buildProcessor(name, processors, packages);
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      errors[name] = error.message;
      continue;
    }
    versions[name] = versionOf(built, processors, packages);
    packagesOf[name] = built.packages;
    const installed = packages.locked(built.packages).map(({ path }) => `${path}/package.json`);
    sources.push(...built.bundled, ...installed);
    for (const [path, contents] of built.files) files.set(join('processors', name, path), contents);
  }
  files.set('processors/versions.json', `${JSON.stringify(versions)}\n`);
  const requirements = join(processors.path, 'requirements.txt');
  if (existsSync(requirements)) files.set('processors/requirements.txt', readFileSync(requirements));
  return { files, versions, packages: packagesOf, errors, sources };
}

/** Sorted by name. `folder`: the worker's, as written. `environment`: what the deployment gives to processors. `dist`: folder of all bundles. */
export function describeProcessors(
  { versions, packages, errors }: ProcessorBuilds,
  processors: ProcessorsFolder,
  folder: string,
  environment: Record<string, string>,
  dist: string,
): ProcessorDescriptions {
  linkOwnPackages(processors, dist);
  const installed = new ProcessorPackages(processors);
  const descriptions: ProcessorDescriptions = {};
  for (const name of Object.keys({ ...versions, ...errors }).sort()) {
    // A processor may be called `constructor`.
    const error = Object.hasOwn(errors, name) ? errors[name] : undefined;
    const version = versions[name] ?? '';
    if (error !== undefined) {
      descriptions[name] = { error };
      continue;
    }
    const imported = packages[name] ?? [];
    const problem = installed.notInstalled(imported);
    descriptions[name] = problem
      ? { error: `${processors.name}/${name} needs npm packages: ${problem}` }
      : describeProcessor({
          folder: join(folder, 'processors', name),
          label: `${processors.name}/${name}`,
          version,
          environment,
          cache: join(dist, 'descriptions'),
          hasInstallScripts: installed.allowedScripts(imported).length > 0,
        });
  }
  return descriptions;
}
