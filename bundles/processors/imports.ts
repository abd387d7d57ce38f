/** What a processor's sources import: what would not work in the image is refused where it stands. */
import { isBuiltin } from 'node:module';
import type { Metafile } from 'esbuild';
import { BuildError } from './build-error';
import { type ProcessorPackages, packageOf } from './packages';
import { lineOf, requiredIn } from './source';

/** https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name */
const PACKAGE_NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;

/** The packages that a source imports. Throws a BuildError. */
export function packagesOf(path: string, inputs: Metafile['inputs'], packages: ProcessorPackages): string[] {
  const imports = inputs[path]?.imports ?? [];
  // esbuild's own helpers are in <runtime>.
  const named = imports.filter(({ path: target }) => target !== '<runtime>');
  const bundled = named.filter(({ external }) => !external);
  for (const { path: target, original = target } of bundled) {
    if (target.startsWith('processors/') || target === 'runtime/processor/index.ts') continue;
    if (packageOf(original) === 'zod') {
      throw new BuildError(
        `${at(path, original)} imports ${original}: import \`z\` from runtime/processor, which has its own zod`,
      );
    }
    throw new BuildError(
      `${at(path, original)} imports ${original}: a processor imports runtime/processor, npm packages and files of processors/, and nothing else`,
    );
  }
  const external = named.filter(({ external }) => external).map(({ path: target }) => target);
  return [...external, ...requiredIn(path)].flatMap((specifier) => {
    if (isBuiltin(specifier)) return [];
    const name = packageOf(specifier);
    if (!PACKAGE_NAME.test(name)) {
      throw new BuildError(
        `${at(path, specifier)} imports ${specifier}, which is not a module of Node.js ${process.versions.node} nor the name of an npm package`,
      );
    }
    if (!packages.declared.has(name)) {
      throw new BuildError(
        `${at(path, specifier)} imports ${name}, which processors/package.json does not declare: run \`npm install ${name} --workspace processors\``,
      );
    }
    const obstacle = packages.obstacle(name);
    if (obstacle) throw new BuildError(`${at(path, specifier)} imports ${name}: ${obstacle}`);
    return [name];
  });
}

function at(path: string, specifier: string): string {
  const line = lineOf(path, (text) => text.includes(`'${specifier}'`) || text.includes(`"${specifier}"`));
  return line ? `${path}:${line}` : path;
}
