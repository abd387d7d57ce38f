/** A folder of processors outside of this project: the files that make it a project of npm and TypeScript. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { checkPlace } from '../../bundles/processors/folder';
import { ROOT } from '../../root';

const MANIFEST = {
  name: 'processors',
  private: true,
  description: 'What processors import from npm: npm install <name>',
  dependencies: {},
};
const LOCK = {
  name: MANIFEST.name,
  lockfileVersion: 3,
  requires: true,
  packages: { '': { name: MANIFEST.name } },
};

/** Makes the folder, unless it has a package.json. Leaves files that are there alone. Returns the names of those that it made. */
export function createProject(folder: string): string[] {
  if (existsSync(join(folder, 'package.json'))) return [];
  checkPlace(folder);
  mkdirSync(folder, { recursive: true });
  const base = relative(folder, join(ROOT, 'processors', 'tsconfig.json'))
    .split(sep)
    .join('/');
  const files = {
    'package.json': json(MANIFEST),
    'package-lock.json': json(LOCK),
    'tsconfig.json': json({ extends: base, include: ['.'] }),
    '.gitignore': 'node_modules/\n.venv/\n__pycache__/\n',
  };
  const missing = Object.entries(files).filter(([name]) => !existsSync(join(folder, name)));
  for (const [name, text] of missing) writeFileSync(join(folder, name), text);
  return missing.map(([name]) => name);
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
