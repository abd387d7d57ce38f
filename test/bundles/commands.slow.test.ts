/** A command runs from one file, which is reused as long as its sources have not changed. */
import { spawnSync } from 'node:child_process';
import { readdirSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { ProjectCopy } from '../support/project-copy';

const COMMAND = 'scripts/execute.ts';
const ESBUILD = 'node_modules/@esbuild';

describe('a command', () => {
  let copy: ProjectCopy;
  let help: string;

  before(() => {
    copy = ProjectCopy.create();
    help = run('--help').stdout;
  });
  after(() => copy.remove());

  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['-r', 'ts-node/register', COMMAND, ...args], {
      cwd: copy.folder,
      encoding: 'utf8',
    });
  const kept = () => readdirSync(join(copy.folder, 'dist', 'commands')).sort();
  const codeFile = () => kept().find((name) => name.includes('.js.')) ?? '';
  const buildCommand = () => {
    const module = copy.require('bundles/commands/built-command.ts');
    return (module as typeof import('../../bundles/commands/built-command')).buildCommand(COMMAND);
  };
  /** From then on, nothing can be built. */
  const hideEsbuild = () => {
    const path = join(copy.folder, ESBUILD);
    const elsewhere = join(copy.folder, 'dist', 'hidden');
    renameSync(path, elsewhere);
    return () => renameSync(elsewhere, path);
  };

  it("is kept as one file, with V8's code for it", () => {
    expect(help).to.match(/^Usage: execute\.ts <workers>/);
    const file = basename(buildCommand()?.path ?? '');
    expect(kept()).to.have.length(3).and.to.include.members(['execute.json', file]);
    expect(codeFile()).to.match(new RegExp(`^${file}\\.${process.version}-${process.arch}(-part)?$`));
  });

  it('runs from that file, and with that code, without esbuild', () => {
    const show = hideEsbuild();
    try {
      const code = join(copy.folder, 'dist', 'commands', codeFile());
      const inode = statSync(code).ino;
      expect(run('--help').stdout).to.equal(help);
      expect(statSync(code).ino, 'not made again').to.equal(inode);
    } finally {
      show();
    }
  });

  it('reports a mistake, and ends with its exit code', () => {
    const { status, stderr } = run('two');
    expect(status).to.equal(2);
    expect(stderr).to.include('two').and.not.to.include(' at ');
  });

  describe('is out of date after a change', () => {
    let show: () => void;
    before(() => {
      show = hideEsbuild();
    });
    after(() => show());

    const sources: Record<string, string> = {
      'of itself': COMMAND,
      'of what commands share': 'scripts/cli/command.ts',
      'of the client': 'client/execution.ts',
      'of the local cloud': 'local/services/s3/operations/objects.ts',
      'of the runtime': 'runtime/prefixes.ts',
      'of a setting': 'stacks/settings/table.ts',
      'of how bundles are made': 'bundles/build.ts',
      'of how commands are made': 'bundles/commands/run-built.ts',
      'of the settings of the compiler': 'tsconfig.json',
      'of a package': 'node_modules/@aws-sdk/client-sfn/dist-es/SFNClient.js',
      "of a package's package.json": 'node_modules/@aws-sdk/client-sfn/package.json',
      'of the packages that are installed': 'node_modules/.package-lock.json',
    };
    for (const [what, path] of Object.entries(sources)) {
      it(what, () => {
        const undo = copy.replace(path, (text) => `${text}\n`);
        try {
          expect(buildCommand()).to.equal(undefined);
        } finally {
          undo();
        }
        expect(buildCommand()).to.have.property('isKept', true);
      });
    }

    it('but not after a change of a processor, a document or an object', () => {
      copy.write({ 'processors/gzip/more.txt': '1', 'docs/more.md': '1', 'local/bucket/data/more.txt': '1' });
      expect(buildCommand()).to.have.property('isKept', true);
    });
  });

  describe('that cannot be kept', () => {
    it('since a source does not build fails with the error of ts-node', () => {
      const undo = copy.replace('scripts/cli/command.ts', (text) => `${text}\nconst = 1;\n`);
      const { status, stderr } = run('--help');
      expect(status).not.to.equal(0);
      expect(stderr).to.match(/command\.ts/);
      undo();
    });

    it('since dist/ cannot be written runs anyway', () => {
      copy.hide('dist/commands');
      copy.write({ 'dist/commands': 'a file' });
      expect(run('--help').stdout).to.equal(help);
      copy.hide('dist/commands');
    });
  });
});
