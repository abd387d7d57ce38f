/** The npm packages of processors: what their package.json declares, and which versions the lock file holds for it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProcessorsFolder } from './folder';

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  hasInstallScript?: boolean;
  optional?: boolean;
  os?: string[];
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

export interface Locked extends Pick<LockedPackage, 'link' | 'optional' | 'os' | 'resolved'> {
  /** Path in the lock file: `node_modules/sharp`. */
  path: string;
  /** As npm names it: `sharp`. */
  name: string;
  version: string;
  /** What identifies its content: the hash, or the commit of a Git repository. */
  integrity: string;
  hasInstallScript: boolean;
}

/** The part of package-lock.json that is for processors. */
export class ProcessorPackages {
  /** Names of the packages that processors may import. */
  readonly declared: ReadonlySet<string>;
  /** npm's own list of install scripts: `name` or `name@version`, and whether they run. */
  private readonly scripts: Record<string, boolean>;
  private readonly packages: Record<string, LockedPackage>;

  /** Folder with package-lock.json, and with the package.json that judges install scripts. */
  private readonly root: string;
  /** The folder of processors, as the lock file names it. */
  private readonly place: string;

  /** Throws an Error that names what is not there. */
  constructor(private readonly processors: ProcessorsFolder) {
    const { path, isWorkspace } = processors;
    this.root = isWorkspace ? dirname(path) : path;
    this.place = isWorkspace ? 'processors' : '';
    const own = this.read(join(this.place, 'package.json'));
    this.declared = new Set(Object.keys({ ...own.dependencies, ...own.optionalDependencies }));
    this.scripts = this.read('package.json').allowScripts ?? {};
    this.packages = this.read('package-lock.json').packages ?? {};
  }

  /** Installs a package for processors. */
  installCommand(name: string): string {
    return this.processors.isWorkspace
      ? `\`npm install ${name} --workspace processors\``
      : `\`npm install ${name}\` in ${this.processors.name}/`;
  }

  /** The packages that are installed for these, with their dependencies, sorted by path. Packages that are not locked are left out. */
  locked(names: Iterable<string>): Locked[] {
    const found = new Map<string, Locked>();
    for (const name of names) {
      const path = this.find(this.place, name);
      if (path) this.collect(path, found);
    }
    return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Packages, as `name@version`, among these and what they depend on, whose install scripts run. */
  allowedScripts(names: Iterable<string>): string[] {
    return this.withScripts(names, true);
  }

  /** Why the image's build would not install a package as it is here; undefined if it would. */
  obstacle(name: string): string | undefined {
    if (!this.find(this.place, name)) return `${name} is not in package-lock.json: run ${this.npmInstall}`;
    const local = this.locked([name]).find(({ link, resolved }) => link || resolved?.startsWith('file:'));
    if (local) {
      return `${local.name} is a folder or a file, which the image does not get: import its sources from ${this.processors.name}/, or publish it`;
    }
    const [unreviewed] = this.withScripts([name], undefined);
    if (!unreviewed) return undefined;
    const key = unreviewed.slice(0, unreviewed.lastIndexOf('@'));
    const allow = `npm pkg set --json 'allowScripts[${key}]=true'`;
    const install = 'npm run processors:install';
    const commands = this.processors.isWorkspace
      ? `\`${allow} && ${install}\``
      : `\`${allow}\` in ${this.processors.name}/, then \`${install}\``;
    return `${unreviewed} has an install script, which package.json does not allow: run ${commands} (\`false\` if it works without)`;
  }

  /** Why what is installed here is not what is locked; undefined if it is. */
  notInstalled(names: Iterable<string>): string | undefined {
    for (const { path, name, version, optional } of this.locked(names)) {
      const file = join(this.root, path, 'package.json');
      const installed = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
      if (installed === version || (installed === undefined && optional)) continue;
      const what = installed === undefined ? 'is not installed' : `is installed as ${installed}`;
      return `${name} ${version} of package-lock.json ${what}: run ${this.npmInstall}`;
    }
    return undefined;
  }

  private get npmInstall(): string {
    const { isWorkspace, name } = this.processors;
    return isWorkspace ? '`npm install`' : `\`npm install\` in ${name}/`;
  }

  /** `verdict`: true for allowed ones, undefined for those that nobody has judged. */
  private withScripts(names: Iterable<string>, verdict: true | undefined): string[] {
    return this.locked(names)
      .filter(({ hasInstallScript, os }) => hasInstallScript && installsOn(os))
      .filter(({ name, version }) => this.verdict(name, version) === verdict)
      .map(({ name, version }) => `${name}@${version}`);
  }

  /** As npm judges: `name` is any version, `name@1.0.0 || 1.0.1` these; no script runs that one entry forbids. */
  private verdict(name: string, version: string): boolean | undefined {
    const verdicts = Object.entries(this.scripts)
      .filter(([key]) => {
        const versions = key.startsWith(`${name}@`) ? key.slice(name.length + 1).split('||') : [];
        return key === name || versions.some((one) => ['*', version].includes(one.trim()));
      })
      .map(([, isAllowed]) => isAllowed);
    return verdicts.includes(false) ? false : verdicts.includes(true) || undefined;
  }

  private collect(path: string, found: Map<string, Locked>): void {
    if (found.has(path)) return;
    const entry = this.packages[path] ?? {};
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const { version = '', resolved, integrity = resolved ?? '', hasInstallScript = false } = entry;
    const { link, optional, os } = entry;
    found.set(path, { path, name, version, integrity, hasInstallScript, link, optional, os, resolved });
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = entry;
    const peers = Object.keys(peerDependencies ?? {}).filter(
      (peer) => !peerDependenciesMeta?.[peer]?.optional,
    );
    for (const needed of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
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

  // biome-ignore lint/suspicious/noExplicitAny: files of npm.
  private read(file: string): any {
    try {
      return JSON.parse(readFileSync(join(this.root, file), 'utf8'));
    } catch (error) {
      const shown = this.processors.isWorkspace ? file : `${this.processors.name}/${file}`;
      throw new Error(`${shown} cannot be read: ${(error as Error).message}`);
    }
  }
}

/** Whether a package is for the image or for this machine. `os`: names of platforms, or `!name` for those that it is not for. */
function installsOn(os: string[] = []): boolean {
  const names = os.filter((one) => !one.startsWith('!'));
  const fits = (platform: string) =>
    !os.includes(`!${platform}`) && (names.length === 0 || names.includes(platform));
  return fits('linux') || fits(process.platform);
}

/** The package that an import names: `@scope/name/sub/path` is of `@scope/name`. */
export function packageOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
