/**
 * A copy of the project, as a clone with its packages installed, to which tests add processors and packages. It keeps the built files of
 * this checkout.
 */
import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bundleWorker } from '../../bundles';
import { ROOT } from '../../root';
import { writeFiles } from './files';

type Bundles = typeof import('../../bundles');

export class ProjectCopy {
  private constructor(readonly folder: string) {}

  /** `suffix`: the end of the folder's name. */
  static create(suffix = ''): ProjectCopy {
    const folder = mkdtempSync(join(tmpdir(), `project${suffix}-`));
    chmodSync(folder, 0o755);
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    for (const file of files.split('\0')) {
      // Git still lists a file that is deleted, if the deletion is not committed.
      if (!file || !existsSync(join(ROOT, file))) continue;
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      copyFileSync(join(ROOT, file), join(folder, file));
    }
    const copy = new ProjectCopy(folder);
    copy.link('node_modules');
    if (existsSync(join(ROOT, 'processors', 'node_modules'))) copy.link('processors/node_modules');
    copy.rest();
    bundleWorker();
    mkdirSync(join(folder, 'dist'));
    copy.link('dist/builds');
    return copy;
  }

  /** Makes processors/, or another file: contents by path. */
  write(files: Record<string, string | Uint8Array>): void {
    writeFiles(this.folder, files);
  }

  /** Changes a JSON file. */
  edit(path: string, change: (json: Record<string, unknown>) => object): void {
    this.replace(path, (text) => JSON.stringify(change(JSON.parse(text)), null, 2));
  }

  /** Removes a file or a folder. */
  hide(path: string): void {
    rmSync(join(this.folder, path), { recursive: true });
  }

  /** Changes a file that other checkouts may share. Returns a function that undoes the change. */
  replace(path: string, change: (text: string) => string): () => void {
    const file = join(this.folder, path);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    rmSync(file, { force: true });
    this.write({ [path]: change(text ?? '') });
    return () => {
      rmSync(file);
      if (text !== undefined) this.write({ [path]: text });
    };
  }

  /** Makes all files of its own as old as files that nobody works on, so that their built files are kept. */
  rest(): void {
    const ownBelow = (path: string): string[] =>
      readdirSync(join(this.folder, path), { withFileTypes: true })
        .filter(({ name }) => name !== 'node_modules' && name !== 'dist')
        .flatMap((entry) => {
          const own = join(path, entry.name);
          return [own, ...(entry.isDirectory() ? ownBelow(own) : [])];
        });
    for (const path of [...ownBelow(''), 'node_modules/.package-lock.json'])
      if (existsSync(join(this.folder, path))) utimesSync(join(this.folder, path), 1, 1);
  }

  /** Makes a file newer than everything that is built of it, even if the build begins late. */
  touch(path: string): void {
    const later = Date.now() / 1000 + 3_600;
    utimesSync(join(this.folder, path), later, later);
  }

  append(path: string, text: string): void {
    appendFileSync(join(this.folder, path), text);
  }

  /** Throws an Error with what npm said. */
  async npm(...args: string[]): Promise<void> {
    const options = ['--no-audit', '--no-fund', '--prefer-offline'];
    await promisify(execFile)('npm', [...args, ...options], { cwd: this.folder, env: withoutNpm() });
  }

  /** The bundles that the copy's own bundles/ makes. */
  bundle(environment: Record<string, string> = {}): ReturnType<Bundles['bundleRuntime']> {
    return this.bundles().bundleRuntime({ processorEnvironment: environment });
  }

  worker(): ReturnType<Bundles['bundleWorker']> {
    return this.bundles().bundleWorker();
  }

  /** Default versions, by name, of the processors that build. The processors are not loaded. */
  versions(): Record<string, string> {
    const processors = join(this.folder, 'bundles', 'processors');
    const { buildProcessors }: typeof import('../../bundles/processors') = require(
      join(processors, 'index.ts'),
    );
    const { openProcessorsFolder }: typeof import('../../bundles/processors/folder') = require(
      join(processors, 'folder.ts'),
    );
    return buildProcessors(openProcessorsFolder()).versions;
  }

  remove(): void {
    // For tens of thousands of links, cp takes half of the time of Node.
    execFileSync('rm', ['-rf', this.folder]);
  }

  /** A module of the copy, which finds the copy's own files. */
  require(path: string): unknown {
    return require(join(this.folder, path));
  }

  private bundles(): Bundles {
    return this.require('bundles/index.ts') as Bundles;
  }

  /** Hard links take no time and no space. npm replaces the files of packages, but it writes into its own list of packages. */
  private link(path: string): void {
    const [from, to] = [join(ROOT, path), join(this.folder, path)];
    try {
      execFileSync('cp', ['-al', from, to], { stdio: 'pipe' });
    } catch {
      // The copy is on another file system.
      rmSync(to, { recursive: true, force: true });
      cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    }
    const list = join(to, '.package-lock.json');
    if (!existsSync(list)) return;
    copyFileSync(list, `${list}.own`);
    renameSync(`${list}.own`, list);
  }
}

/** The environment without the variables of an npm that runs the tests. */
export function withoutNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(?!config_(registry|cache)$)|^INIT_CWD$/i.test(name),
    ),
  );
}
