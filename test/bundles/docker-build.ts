/**
 * Follows a Dockerfile where no Docker engine runs: in clean folders, as an unprivileged user, with nothing but what its
 * COPY instructions name. Knows the instructions that the project's Dockerfile has, and refuses others.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The user of containers here; root cannot be told apart from it elsewhere. */
export const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

export interface Image {
  /** Folder that is the working directory of the container. */
  folder: string;
  command: string[];
  user: string;
  environment: Record<string, string>;
}

interface Stage {
  name: string;
  folder: string;
  environment: Record<string, string>;
}

/** `context`: the build context. `root` gets a folder for each stage. Throws an Error with the output of what fails. */
export async function build(context: string, root: string): Promise<Image> {
  const ignored = await readIgnored(join(context, '.dockerignore'));
  const stages: Stage[] = [];
  const image = { command: [] as string[], user: '' };
  for (const [instruction, rest] of await readInstructions(join(context, 'Dockerfile'))) {
    const stage = stages.at(-1);
    if (instruction === 'FROM') {
      const name = / AS (\w+)$/.exec(rest)?.[1] ?? 'final';
      stages.push({ name, folder: join(root, name), environment: {} });
      await make(join(root, name));
    } else if (!stage) throw new Error(`${instruction} before FROM`);
    else if (instruction === 'COPY') await copy(rest, context, ignored, stage, stages);
    else if (instruction === 'RUN') await runShell(rest, stage, root);
    else if (instruction === 'ENV') Object.assign(stage.environment, Object.fromEntries([rest.split('=')]));
    else if (instruction === 'USER') image.user = rest;
    else if (instruction === 'CMD') image.command = JSON.parse(rest);
    // The stage's folder is its working directory, and /tmp is there as it is.
    else if (instruction !== 'WORKDIR' && rest !== '/tmp')
      throw new Error(`${instruction} ${rest} is not known`);
  }
  const { folder = '', environment = {} } = stages.at(-1) ?? {};
  return { ...image, folder, environment };
}

async function readInstructions(file: string): Promise<[string, string][]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => {
    const separator = line.indexOf(' ');
    return [line.slice(0, separator), line.slice(separator + 1)];
  });
}

/** True for what is not in the build context: the project's .dockerignore excludes all but what it names. */
async function readIgnored(file: string): Promise<(path: string) => boolean> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const kept = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  if (!lines.includes('*')) throw new Error('.dockerignore does not exclude everything first');
  return (path) => !kept.some((name) => path === name || path.startsWith(`${name}/`));
}

async function copy(
  rest: string,
  context: string,
  ignored: (path: string) => boolean,
  to: Stage,
  stages: Stage[],
) {
  const words = rest.split(' ');
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  const destination = words.pop() ?? '';
  for (const source of words) {
    const stage = stages.find(({ name }) => name === from);
    if (!stage && ignored(source)) throw new Error(`.dockerignore excludes ${source}`);
    // A path in another stage starts with that stage's working directory, which its folder stands for.
    const path = stage ? join(stage.folder, source.replace(/^\/\w+/, '')) : join(context, source);
    const target =
      destination.endsWith('/') && !stage ? join(destination, source.split('/').at(-1) ?? '') : destination;
    await make(dirname(join(to.folder, target)));
    await cp(path, join(to.folder, target), { recursive: true });
    await own(join(to.folder, target));
  }
}

async function runShell(command: string, stage: Stage, root: string): Promise<void> {
  const home = join(root, 'home');
  await make(home);
  const child = spawn('sh', ['-c', command], {
    ...UNPRIVILEGED,
    cwd: stage.folder,
    env: npmEnvironment(home),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`RUN ${command} ended with ${code}: ${(await output).join('')}`);
}

/** An environment for npm as another user: without what the npm around the tests set for itself, from the same registry. */
function npmEnvironment(home: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$)/i.test(name));
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', stdio: 'pipe' });
  return {
    ...Object.fromEntries(own),
    HOME: home,
    npm_config_cache: join(home, '.npm'),
    npm_config_registry: registry.trim(),
  };
}

async function make(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await giveAway(folder);
}

async function own(path: string): Promise<void> {
  await giveAway(path);
  if (!(await stat(path)).isDirectory()) return;
  for (const entry of await readdir(path, { recursive: true })) await giveAway(join(path, entry));
}

async function giveAway(path: string): Promise<void> {
  const { uid, gid } = UNPRIVILEGED;
  if (uid !== undefined) await chown(path, uid, gid);
}
