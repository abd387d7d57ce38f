/** All commands, and main.ts, as one file of JavaScript, which dist/ keeps as long as nothing that it was made from has changed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT } from '../../root';
import { DIST } from '../dist';
import { removeOld, replaceFile } from '../files';
import { digestOf, haveChangedSince } from '../inputs';

const FOLDER = join(DIST, 'commands');
const ENTRY = join(FOLDER, 'entry.json');
/** How the file is made, and which commands there are. */
const MAKERS = ['bundles', 'scripts', join('node_modules', 'esbuild', 'package.json')];
/** esbuild finds files beside itself; few people need the other, which is large. */
const EXTERNAL = ['esbuild', 'proxy-agent'];

interface Entry {
  /** Of `inputs`. */
  digest: string;
  /** Paths, relative to the root. */
  inputs: string[];
  /** Paths of what each of the modules imports, by path. */
  imports: Record<string, string[]>;
}

export class BuiltCommands {
  private constructor(
    /** Where it is, or would be if dist/ could be written. */
    readonly path: string,
    readonly source: string,
    private readonly imports: Entry['imports'],
  ) {}

  /** Makes it where there is none that is up to date. Throws esbuild's error on sources that do not build. */
  static open(): BuiltCommands {
    const kept = readEntry();
    if (kept && digestOf(kept.inputs) === kept.digest && existsSync(pathOf(kept))) {
      removeOld(pathOf(kept), ENTRY);
      return new BuiltCommands(pathOf(kept), readFileSync(pathOf(kept), 'latin1'), kept.imports);
    }
    const startedAt = Date.now();
    const { source, modules } = build();
    const inputs = [...MAKERS, ...Object.keys(modules)];
    const imports = Object.fromEntries(
      Object.entries(modules).map(([path, module]) => [
        path,
        module.imports.filter(({ external }) => !external).map((one) => one.path),
      ]),
    );
    const entry: Entry = { digest: digestOf(inputs), inputs, imports };
    if (!haveChangedSince(startedAt, inputs)) keep(entry, source);
    return new BuiltCommands(pathOf(entry), source, imports);
  }

  /** `command`: path, relative to the root. */
  has(command: string): boolean {
    return Object.hasOwn(this.imports, command);
  }

  /** Paths, relative to the root, of all modules that a command is made of. */
  modulesOf(command: string): string[] {
    const found = new Set([command]);
    // A set's iteration sees what is added meanwhile.
    for (const path of found) for (const imported of this.imports[path] ?? []) found.add(imported);
    return [...found];
  }
}

function build(): { source: string; modules: Metafile['inputs'] } {
  const { buildSync }: typeof import('esbuild') = require('esbuild');
  const commands = readdirSync(join(ROOT, 'scripts')).filter((name) => name.endsWith('.ts'));
  const loaders = ['main.ts', ...commands.map((name) => `scripts/${name}`)].map(
    (path) => `${JSON.stringify(path)}: () => require(${JSON.stringify(`./${path}`)}),`,
  );
  const { outputFiles, metafile } = buildSync({
    stdin: { contents: `module.exports = {\n${loaders.join('\n')}\n};`, resolveDir: ROOT, sourcefile: 'commands' },
    absWorkingDir: ROOT,
    outdir: FOLDER,
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: EXTERNAL,
    // `Script` has no loader of ES modules; `require` loads these.
    supported: { 'dynamic-import': false },
    logLevel: 'silent',
  });
  const { commands: _, ...modules } = metafile.inputs;
  return { source: outputFiles[0]?.text ?? '', modules };
}

function keep(entry: Entry, source: string): void {
  try {
    replaceFile(pathOf(entry), source);
    replaceFile(ENTRY, JSON.stringify(entry));
  } catch {
    // dist/ cannot be written: the next command makes it again.
  }
}

function pathOf({ digest }: Entry): string {
  return join(FOLDER, `${digest.slice(0, 16)}.js`);
}

function readEntry(): Entry | undefined {
  try {
    return JSON.parse(readFileSync(ENTRY, 'utf8'));
  } catch {
    return undefined;
  }
}
