/** The imports of a processor's sources. One that would not work in the image is an error that names its file and line. */
import { realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT } from '../../root';
import { BuildError } from './build-error';
import type { ProcessorsFolder } from './folder';
import { type ProcessorPackages, packageOf } from './packages';
import { lineOf, requiredIn } from './source';

/** https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name */
const PACKAGE_NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;

/** The interface that processors are written against, by a name that works wherever the folder of processors is. */
export const INTERFACE = 's3-batch-processor/processor';
export const INTERFACE_SOURCE = join(ROOT, 'runtime', 'processor', 'index.ts');

/** The packages that a source imports. Throws a BuildError. */
export function packagesOf(
  path: string,
  inputs: Metafile['inputs'],
  processors: ProcessorsFolder,
  packages: ProcessorPackages,
): string[] {
  const at = (specifier: string) => placeOf(path, specifier, processors);
  const interfaceName = processors.isWorkspace ? 'runtime/processor' : INTERFACE;
  const imports = inputs[path]?.imports ?? [];
  // esbuild's own helpers are in <runtime>.
  const named = imports.filter(({ path: target }) => target !== '<runtime>');
  const bundled = named.filter(({ external }) => !external);
  for (const { path: target, original = target } of bundled) {
    if (target.startsWith(`${processors.name}/`)) continue;
    if (realpathSync(resolve(processors.parent, target)) === realpathSync(INTERFACE_SOURCE)) continue;
    if (packageOf(original) === 'zod') {
      throw new BuildError(
        `${at(original)} imports ${original}: import \`z\` from ${interfaceName}, which has its own zod`,
      );
    }
    throw new BuildError(
      `${at(original)} imports ${original}: a processor imports ${interfaceName}, npm packages and files of ${processors.name}/, and nothing else`,
    );
  }
  const external = named.filter(({ external }) => external).map(({ path: target }) => target);
  return [...external, ...requiredIn(path, processors)].flatMap((specifier) => {
    if (isBuiltin(specifier)) return [];
    const name = packageOf(specifier);
    if (!PACKAGE_NAME.test(name)) {
      throw new BuildError(
        `${at(specifier)} imports ${specifier}, which is not a module of Node.js ${process.versions.node} nor the name of an npm package`,
      );
    }
    if (name === packageOf(INTERFACE)) {
      throw new BuildError(
        `${at(specifier)} imports ${specifier}: a processor imports ${INTERFACE} and nothing else of ${name}`,
      );
    }
    if (!packages.declared.has(name)) {
      throw new BuildError(
        `${at(specifier)} imports ${name}, which ${processors.name}/package.json does not declare: run ${packages.installCommand(name)}`,
      );
    }
    const obstacle = packages.obstacle(name);
    if (obstacle) throw new BuildError(`${at(specifier)} imports ${name}: ${obstacle}`);
    return [name];
  });
}

function placeOf(path: string, specifier: string, processors: ProcessorsFolder): string {
  const line = lineOf(
    path,
    processors,
    (text) => text.includes(`'${specifier}'`) || text.includes(`"${specifier}"`),
  );
  return line ? `${path}:${line}` : path;
}
