/** The npm packages of processors/: what its package.json declares, and which versions the lock file holds for it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

export interface Locked {
  /** Path in the lock file: `node_modules/sharp`. */
  path: string;
  /** As npm names it: `sharp`. */
  name: string;
  version: string;
  integrity: string;
  hasInstallScript: boolean;
}

/** The workspace's part of package-lock.json. */
export class ProcessorPackages {
  /** Names of the packages that processors may import. */
  readonly declared: ReadonlySet<string>;
  /** Names of the packages whose install scripts run. */
  readonly allowedScripts: readonly string[];
  private readonly packages: Record<string, LockedPackage>;

  /** `root`: the folder with package-lock.json and processors/. */
  constructor(root: string) {
    const workspace = JSON.parse(readFileSync(join(root, 'processors', 'package.json'), 'utf8'));
    this.declared = new Set(Object.keys({ ...workspace.dependencies, ...workspace.optionalDependencies }));
    this.allowedScripts = workspace.allowInstallScripts ?? [];
    this.packages = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  }

  /** What is installed for these packages, and for what they depend on, sorted by path. Throws an Error on one that is not locked. */
  locked(names: Iterable<string>): Locked[] {
    const found = new Map<string, Locked>();
    for (const name of names) {
      const path = this.find('processors', name);
      if (!path) throw new Error(`${name} is not in package-lock.json: run \`npm install\``);
      this.collect(path, found);
    }
    return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  private collect(path: string, found: Map<string, Locked>): void {
    if (found.has(path)) return;
    const entry = this.packages[path] ?? {};
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const { version = '', integrity = '', hasInstallScript = false } = entry;
    found.set(path, { path, name, version, integrity, hasInstallScript });
    const { dependencies, optionalDependencies, peerDependencies } = entry;
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      // Optional ones may be missing.
      const at = this.find(path, needed);
      if (at) this.collect(at, found);
    }
  }

  /** Where Node.js finds a package from a folder: in the folder's own node_modules, or in one above. */
  private find(from: string, name: string): string | undefined {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
      const path = `${folder ? `${folder}/` : ''}node_modules/${name}`;
      if (this.packages[path]) return path;
      if (folder === '') return undefined;
    }
  }
}

/** The package that an import names: `@scope/name/sub/path` is of `@scope/name`. */
export function packageOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
