/**
 * Runs a Dockerfile without a Docker engine: in clean folders, as an unprivileged user, with only the files that its COPY instructions
 * name. It knows the instructions of the project's Dockerfile, and refuses others. Only root can install Debian packages, so a stand-in of
 * `apt-get` records its arguments.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The user of containers here. On other systems, it is the same as root. */
export const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

export interface Image {
  /** Folder that is the working directory of the container. */
  folder: string;
  command: string[];
  user: string;
  environment: Record<string, string>;
  /** Calls of apt-get, in all stages: their arguments. */
  aptGet: string[];
}

interface Stage {
  name: string;
  /** The stage's root file system, without that of its base image. */
  root: string;
  workingDirectory: string;
  environment: Record<string, string>;
}

/** `context`: the build context. `root` gets a folder for each stage. Throws an Error with the output of what fails. */
export async function build(context: string, root: string): Promise<Image> {
  const tools = await standIns(join(root, 'tools'));
  const stages: Stage[] = [];
  const image = { command: [] as string[], user: '' };
  for (const [instruction, rest] of await readInstructions(join(context, 'Dockerfile'))) {
    const stage = stages.at(-1);
    if (instruction === 'FROM') stages.push(await begin(rest, root, stages));
    else if (!stage) throw new Error(`${instruction} before FROM`);
    else if (instruction === 'WORKDIR') {
      stage.workingDirectory = rest;
      await make(join(stage.root, rest));
    } else if (instruction === 'COPY') await copy(rest, context, stage, stages);
    else if (instruction === 'RUN') await runShell(rest, stage, root, tools.folder);
    else if (instruction === 'ENV') Object.assign(stage.environment, Object.fromEntries([rest.split('=')]));
    else if (instruction === 'USER') image.user = rest;
    else if (instruction === 'CMD') image.command = JSON.parse(rest);
    // /tmp exists already.
    else if (instruction !== 'VOLUME' || rest !== '/tmp')
      throw new Error(`${instruction} ${rest} is not known`);
  }
  const stage = stages.at(-1);
  if (!stage) throw new Error('the Dockerfile has no FROM');
  const aptGet = (await readFile(tools.log, 'utf8')).split('\n').filter(Boolean);
  return {
    ...image,
    folder: join(stage.root, stage.workingDirectory),
    environment: stage.environment,
    aptGet,
  };
}

async function readInstructions(file: string): Promise<[string, string][]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => {
    const separator = line.indexOf(' ');
    return [line.slice(0, separator), line.slice(separator + 1)];
  });
}

/** A base image is only a name here. A stage starts as the result of the stage that it names. */
async function begin(rest: string, root: string, stages: Stage[]): Promise<Stage> {
  const [, base = '', name = 'final'] = /^(?:--\S+ )?(\S+)(?: AS (\w+))?$/.exec(rest) ?? [];
  const from = stages.find((stage) => stage.name === base);
  const stage: Stage = { name, root: join(root, name), workingDirectory: '/', environment: {} };
  await make(stage.root);
  if (!from) return stage;
  copyAll(`${from.root}/.`, stage.root, '-al');
  return { ...stage, workingDirectory: from.workingDirectory, environment: { ...from.environment } };
}

async function copy(rest: string, context: string, to: Stage, stages: Stage[]) {
  const words = rest.split(' ');
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  const stage = stages.find(({ name }) => name === from);
  if (from && !stage) throw new Error(`there is no stage ${from}`);
  const destination = words.pop() ?? '';
  const base = stage ? stage.root : context;
  const target = join(to.root, to.workingDirectory, destination);
  for (const source of words) {
    const path = join(base, source);
    const isFolder = (await lstat(path)).isDirectory();
    // The content of a folder is copied, and a file into a folder.
    const into = isFolder || !destination.endsWith('/') ? target : join(target, basename(source));
    await make(isFolder ? into : dirname(into));
    copyAll(isFolder ? `${path}/.` : path, into, stage ? '-al' : '-a');
  }
}

async function runShell(command: string, stage: Stage, root: string, tools: string): Promise<void> {
  const home = join(root, 'home');
  await make(home);
  const child = spawn('sh', ['-e', '-c', command], {
    ...UNPRIVILEGED,
    cwd: join(stage.root, stage.workingDirectory),
    env: { ...npmEnvironment(home), PATH: `${tools}${delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`RUN ${command} ended with ${code}: ${(await output).join('')}`);
}

async function standIns(folder: string): Promise<{ folder: string; log: string }> {
  await make(folder);
  const log = join(folder, 'apt-get.log');
  const program = join(folder, 'apt-get');
  await writeFile(log, '');
  await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log}'\n`);
  await chmod(program, 0o755);
  giveAway(log);
  return { folder, log };
}

/**
 * An environment for npm as another user: without the variables of an npm that runs the tests, with the same registry, and without the
 * folder for temporary files, which belongs to the user who runs the tests.
 */
function npmEnvironment(home: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|TMPDIR$)/i.test(name));
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', stdio: 'pipe' });
  return {
    ...Object.fromEntries(own),
    HOME: home,
    npm_config_cache: join(home, '.npm'),
    npm_config_registry: registry.trim(),
  };
}

/** Copies a folder, with everything in it. Files from another stage are links: hundreds of MiB of packages that no stage changes. */
function copyAll(from: string, to: string, how: '-a' | '-al'): void {
  execFileSync('cp', [how, from, to]);
  giveAway(to, '-R');
}

async function make(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first) giveAway(first, '-R');
}

/** Changes the owner of a link, not of its target, whose owner is changed separately. */
function giveAway(path: string, ...options: string[]): void {
  const { uid, gid } = UNPRIVILEGED;
  if (uid !== undefined) execFileSync('chown', ['-h', ...options, `${uid}:${gid}`, path]);
}
