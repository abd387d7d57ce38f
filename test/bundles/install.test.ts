/** The scripts of bundles/install, with stand-ins for the programs that change the machine. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { writeFiles } from '../support/files';

describe('bundles/install', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'install-'));
    for (const name of ['bundles', 'processors', 'tools']) mkdirSync(join(folder, name));
    cpSync(join(ROOT, 'bundles', 'install'), join(folder, 'bundles', 'install'), { recursive: true });
    write({ 'package.json': '{}', 'processors/apt.txt': '', 'processors/requirements.txt': '' });
    standIn('apt-get');
    standIn('npm');
    // Like the real one, it makes a folder with a pip.
    const venv = `mkdir -p "$3/bin"; printf '#!/bin/sh\\necho pip "$*" in "\${PWD##*/}" >>../log\\n' >"$3/bin/pip"; chmod +x "$3/bin/pip"`;
    standIn('python3', venv);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (files: Record<string, string>) => writeFiles(folder, files);

  function standIn(name: string, then = ''): void {
    const program = join(folder, 'tools', name);
    writeFileSync(program, `#!/bin/sh\necho ${name} "$*" >>log\n${then}\n`);
    chmodSync(program, 0o755);
  }

  /** Runs a script; returns the commands that it has run, without options for folders whose names differ each time. */
  function run(script: string, ...args: string[]) {
    const { status, stderr } = spawnSync('sh', [join('bundles', 'install', script), ...args], {
      cwd: folder,
      env: { ...process.env, PATH: `${join(folder, 'tools')}${delimiter}${process.env.PATH}` },
      encoding: 'utf8',
    });
    const log = join(folder, 'log');
    const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    return {
      status,
      stderr,
      calls: calls.map((call) => call.replace(/ --option Dir::State::lists=\S+/, '')),
    };
  }

  const installs = (packages: string) => [
    'apt-get update',
    `apt-get install --yes --no-install-recommends ${packages}`,
  ];

  describe('debian.sh', () => {
    const nothing = { status: 0, stderr: '', calls: [] };

    it('runs nothing if no package is named', () => {
      expect(run('debian.sh')).to.deep.equal(nothing);
      write({ 'processors/apt.txt': '# ffmpeg\n\n   \n', 'processors/requirements.txt': '\n# numpy\n' });
      expect(run('debian.sh')).to.deep.equal(nothing);
      expect(run('debian.sh', 'compilers')).to.deep.equal(nothing);
    });

    it('installs the packages of apt.txt, with any blanks, comments and line ends', () => {
      write({
        'processors/apt.txt': '# Video\n  ffmpeg  # of Debian\r\nlibstdc++6\n\ncurl=7.88.1-10+deb12u8',
      });
      expect(run('debian.sh')).to.deep.equal({
        status: 0,
        stderr: '',
        calls: installs('ffmpeg libstdc++6 curl=7.88.1-10+deb12u8'),
      });
    });

    it('installs Python if requirements.txt names a package, and compilers for its build', () => {
      write({ 'processors/apt.txt': 'ffmpeg\n', 'processors/requirements.txt': 'numpy==2.0.0\n' });
      expect(run('debian.sh').calls).to.deep.equal(installs('ffmpeg python3 python3-venv'));
    });

    it('installs compilers if a package may be built: an install script is allowed, or requirements.txt has one', () => {
      write({ 'package.json': '{"allowScripts": {"one": false}}' });
      expect(run('debian.sh', 'compilers')).to.deep.equal(nothing);
      write({ 'package.json': '{"allowScripts": {"one": true}}' });
      expect(run('debian.sh', 'compilers').calls).to.deep.equal(installs('g++ make pkg-config python3-dev'));
    });

    it('reads the package.json of processors that have a lock of their own', () => {
      write({ 'package.json': '{"allowScripts": {"one": true}}' });
      write({ 'processors/package.json': '{}', 'processors/package-lock.json': '{}' });
      expect(run('debian.sh', 'compilers')).to.deep.equal(nothing);
    });

    for (const bad of ['--allow-downgrades', 'two words', 'Upper', 'a;b', '$(id)', '../x']) {
      it(`refuses ${bad} as the name of a package, before it runs anything`, () => {
        write({ 'processors/apt.txt': `ffmpeg\n${bad}\n` });
        expect(run('debian.sh')).to.deep.equal({
          status: 1,
          stderr: `processors/apt.txt: "${bad}" is not the name of a Debian package. Write one name a line.\n`,
          calls: [],
        });
      });
    }

    it('fails if apt-get fails', () => {
      write({ 'processors/apt.txt': 'no-such-package\n' });
      standIn('apt-get', '[ "$3" != install ] || exit 100');
      expect(run('debian.sh').status).to.equal(100);
    });
  });

  describe('npm.sh', () => {
    const options = '--omit=dev --include=prod --ignore-scripts --no-audit --no-fund';

    it('installs the workspace, or processors that have a lock of their own, where each belongs', () => {
      standIn('npm', 'pwd >>log');
      const [workspace, own] = [`npm ci --workspace processors ${options}`, `npm ci ${options}`];
      const here = realpathSync(folder);
      expect(run('npm.sh')).to.deep.equal({ status: 0, stderr: '', calls: [workspace, here] });
      expect(existsSync(join(folder, 'node_modules')), 'for the COPY of the Dockerfile').to.equal(true);
      rmSync(join(folder, 'log'));
      write({ 'processors/package-lock.json': '{}' });
      run('npm.sh');
      expect(readFileSync(join(folder, 'processors', 'log'), 'utf8')).to.include(own);
    });
  });

  describe('processors.sh', () => {
    const rebuilds = (name: string) => `npm rebuild ${name} --ignore-scripts=false --foreground-scripts`;

    it('runs only the install scripts that package.json allows', () => {
      expect(run('processors.sh')).to.deep.equal({ status: 0, stderr: '', calls: [] });
      const allowScripts = { one: true, two: false, '@scope/three@1.0.0 || 1.0.1': true };
      write({ 'package.json': JSON.stringify({ allowScripts }) });
      expect(run('processors.sh').calls).to.deep.equal([
        rebuilds('one'),
        rebuilds('@scope/three@1.0.0 || 1.0.1'),
      ]);
    });

    it('installs requirements.txt into a virtual environment of its own, if it names a package', () => {
      write({ 'processors/requirements.txt': '# Arrays\n numpy==2.0.0\n' });
      expect(run('processors.sh').calls).to.deep.equal([
        'python3 -m venv processors/.venv',
        'pip install --disable-pip-version-check --requirement requirements.txt in processors',
      ]);
    });

    it('does so for a folder with a lock of its own, by its own package.json', () => {
      mkdirSync(join(folder, 'ours'));
      write({
        'package.json': '{"allowScripts": {"other": true}}',
        'ours/package.json': '{"allowScripts": {"one": true}}',
        'ours/package-lock.json': '{}',
      });
      const log = () => readFileSync(join(folder, 'ours', 'log'), 'utf8').trim();
      expect(run('processors.sh', 'ours')).to.include({ status: 0, stderr: '' });
      expect(log()).to.equal(rebuilds('one'));
      write({ 'ours/requirements.txt': 'numpy==2.0.0\n' });
      expect(run('processors.sh', 'ours').calls).to.deep.equal([
        'python3 -m venv ours/.venv',
        'pip install --disable-pip-version-check --requirement requirements.txt in ours',
      ]);
    });

    it('fails if an install script or pip fails', () => {
      write({ 'package.json': '{"allowScripts": {"one": true}}', 'processors/requirements.txt': 'numpy\n' });
      standIn('python3', 'exit 5');
      expect(run('processors.sh')).to.include({ status: 5 });
      standIn('npm', 'exit 4');
      const { status, calls } = run('processors.sh');
      expect(status).to.equal(4);
      expect(calls.at(-1)).to.equal(rebuilds('one'));
    });
  });
});
