/** Builds all processors, each apart from the others: one that fails keeps none from working. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../root';
import type { ProcessorDescriptions } from '../../runtime/contract';
import { BuildError, type BuiltProcessor, buildProcessor } from './build';
import { describeProcessor, linkOwnPackages } from './describe';
import { processorNames } from './names';
import { ProcessorPackages } from './packages';
import { versionOf } from './version';

export interface ProcessorBuilds {
  /** Files for the worker's folder, by path: `processors/<name>/index.mjs`, …, and `processors/versions.json`. */
  files: Map<string, Uint8Array | string>;
  versions: Record<string, string>;
  /** Those that do not build, by name. */
  errors: Record<string, string>;
}

export function buildProcessors(): ProcessorBuilds {
  const packages = new ProcessorPackages(ROOT);
  const files = new Map<string, Uint8Array | string>();
  const versions: Record<string, string> = {};
  const errors: Record<string, string> = {};
  for (const name of processorNames()) {
    let built: BuiltProcessor;
    try {
      built = buildProcessor(name, packages);
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      errors[name] = error.message;
      continue;
    }
    versions[name] = versionOf(built, packages);
    for (const [path, contents] of built.files) files.set(join('processors', name, path), contents);
  }
  files.set('processors/versions.json', `${JSON.stringify(versions)}\n`);
  const requirements = join(ROOT, 'processors', 'requirements.txt');
  if (existsSync(requirements)) files.set('processors/requirements.txt', readFileSync(requirements));
  return { files, versions, errors };
}

/** `folder`: the worker's, as written. `environment`: what the deployment gives to processors. `dist`: folder of all bundles. */
export function describeProcessors(
  { versions, errors }: ProcessorBuilds,
  folder: string,
  environment: Record<string, string>,
  dist: string,
): ProcessorDescriptions {
  linkOwnPackages(dist);
  const descriptions = Object.entries(versions).map(([name, version]) => [
    name,
    describeProcessor({
      folder: join(folder, 'processors', name),
      name,
      version,
      environment,
      cache: join(dist, 'descriptions'),
    }),
  ]);
  return Object.fromEntries([
    ...descriptions,
    ...Object.entries(errors).map(([name, error]) => [name, { error }]),
  ]);
}
