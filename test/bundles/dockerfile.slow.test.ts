import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import { bundleRuntime } from '../../bundles';
import { ROOT } from '../../root';
import { synthesize, workerContainer } from '../stacks/synthesize';

/** The instructions of the Dockerfile, each as its words. */
const INSTRUCTIONS = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split(' '));

const instructions = (name: string) => INSTRUCTIONS.filter(([instruction]) => instruction === name);

describe('the Dockerfile', () => {
  it('builds, from what it copies and nothing else, the bundle that the stack names', () => {
    const folder = mkdtempSync(join(tmpdir(), 'batch-image-'));
    try {
      for (const [, ...words] of instructions('COPY').filter(([, first]) => !first?.startsWith('--'))) {
        const target = join(folder, words.at(-1) ?? '');
        for (const from of words.slice(0, -1)) {
          const into = words.at(-1)?.endsWith('/') ? join(target, basename(from)) : target;
          cpSync(join(ROOT, from), into, { recursive: true });
        }
      }
      // What `npm ci` puts there.
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      const bundle = instructions('RUN').at(-1)?.slice(1).join(' ') ?? '';
      const { status, stderr } = spawnSync('sh', ['-c', bundle], { cwd: folder, encoding: 'utf8' });
      expect(status, stderr).to.equal(0);

      const { worker } = bundleRuntime();
      const built = join(folder, 'dist', 'worker');
      expect(readdirSync(built)).to.deep.equal(readdirSync(worker.folder));
      for (const file of readdirSync(built).filter((name) => name.endsWith('.js'))) {
        expect(
          readFileSync(join(built, file)).equals(readFileSync(join(worker.folder, file))),
          file,
        ).to.equal(true);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is given all that it copies', () => {
    const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    const copied = instructions('COPY')
      .filter(([, first]) => !first?.startsWith('--'))
      .flatMap(([, ...words]) => words.slice(0, -1));
    for (const path of copied) expect(allowed).to.include.oneOf([`!${path}`, `!${dirname(path)}`]);
  });

  it('runs the command of the task definition, as its user', () => {
    const stack = synthesize();
    const { command, user } = workerContainer(stack);
    stack.remove();
    expect(JSON.parse(instructions('CMD')[0]?.slice(1).join(' ') ?? '')).to.deep.equal(command);
    expect(instructions('USER')[0]?.[1]).to.equal(user);
  });
});
