/** How scripts show text that others chose: no part of it controls the terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { ROOT } from '../../../root';
import { visible } from '../../../scripts/cli/terminal';
import { codePoint } from '../../support/code-point';
import { type Outcome, Workplace } from '../../support/script';

/** Characters that a terminal obeys or does not show; a line feed ends a line. */
const UNSAFE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** One of each kind: a command, another direction, an invisible character, another line, a tag. */
const HOSTILE = 'x\u001b[2J\u009b31m\r\u202e\u2066\u200b\u00ad\ufeff\u2028\nFAKE\u{e0041}';
const SHOWN =
  'x\\u001b[2J\\u009b31m\\u000d\\u202e\\u2066\\u200b\\u00ad\\ufeff\\u2028\\u000aFAKE\\udb40\\udc41';

describe('text that is shown', () => {
  it('has an escape for every control, format and invisible character', () => {
    expect(visible(HOSTILE)).to.equal(SHOWN);
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (character === '\n' || !UNSAFE.test(character)) continue;
      expect(visible(`a${character}b`), code.toString(16)).to.match(/^a(\\u[0-9a-f]{4}){1,2}b$/);
    }
  });

  it('keeps characters that people write', () => {
    const ordinary = [
      'größe-ß-é-cafe\u0301.txt',
      'ελληνικά עברית العربية हिन्दी ไทย 日本語/ファイル 한국어',
      '🚀 ❤️ 1️⃣ 👩🏽‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🇫🇷',
      'a/b c+d=e\\f"g\'h`i$j',
      '',
    ];
    for (const each of ordinary) expect(visible(each)).to.equal(each);
    // A joiner outside of an emoji joins nothing visible.
    expect(visible('a\u200db\ufe0f 🚀\u200d')).to.equal('a\\u200db\\ufe0f 🚀\\u200d');
  });

  it('parses to the same value if it is JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string({ unit: codePoint }).map((each) => JSON.stringify(each)),
        ),
        (json) => {
          expect(JSON.parse(visible(json))).to.deep.equal(JSON.parse(json));
        },
      ),
    );
    expect(JSON.parse(visible(JSON.stringify({ [HOSTILE]: '\ud800' })))).to.deep.equal({
      [HOSTILE]: '\ud800',
    });
  });
});

describe('scripts', () => {
  let workplace: Workplace;
  before(async () => {
    workplace = await Workplace.create();
  });
  after(() => workplace.remove());

  const expectSafe = ({ stdout, stderr }: Outcome) => expect(stdout + stderr).not.to.match(UNSAFE);

  for (const script of readdirSync(join(ROOT, 'scripts')).filter((name) => name.endsWith('.ts'))) {
    it(`${script} shows a wrong option escaped, in one line`, async () => {
      const outcome = await workplace.answer(script, [`--${HOSTILE}`]);
      expect(outcome.code).to.equal(2);
      expect(outcome.stderr)
        .to.contain(SHOWN)
        .and.to.match(/^.*\n$/);
      expectSafe(outcome);
    });
  }

  it('show the name of a folder escaped', async () => {
    const args = ['1', 'data/', '--target', 'local', '--bucket-dir', join(workplace.root, HOSTILE)];
    const outcome = await workplace.run('execute.ts', args);
    expect([outcome.code, outcome.stderr.split('\n').length], outcome.stderr).to.deep.equal([2, 2]);
    expect(outcome.stderr).to.contain(`${SHOWN} does not exist`);
    expectSafe(outcome);
  });

  it('show a wrong setting escaped, also the app that cdktf runs', async () => {
    const environment = { BATCH_ARCHITECTURE: HOSTILE };
    for (const script of ['deploy.ts', join('..', 'main.ts')]) {
      const outcome = await workplace.run(script, [], environment);
      expect(outcome.code, outcome.stderr).to.equal(2);
      expect(outcome.stderr)
        .to.contain('\\u202e')
        .and.to.match(/^.*\n$/);
      expectSafe(outcome);
    }
  });

  describe('of a run', () => {
    const bucket = () => join(workplace.root, 'b\u202eü\ncket');
    const execute = (...args: string[]) =>
      workplace.run('execute.ts', ['1', ...args, '--target', 'local', '--bucket-dir', bucket()]);
    before(() => mkdir(bucket()));

    it('show keys and messages escaped', async () => {
      const outcome = await execute('--key', HOSTILE);
      expect(outcome.code, outcome.stderr).to.equal(1);
      expect(outcome.stdout).to.match(
        /^Failed {7}1 ObjectNotFound, such as x\\u001b\[2J.*FAKE\\udb40\\udc41: .*$/m,
      );
      expect(outcome.stdout).to.contain('b\\u202eü\\u000acket');
      expectSafe(outcome);
    });

    it('print JSON that is as safe, and exact', async () => {
      const args = ['--key', HOSTILE, '--tolerated-failure-percentage', '100', '--json'];
      const outcome = await execute(...args);
      expect(outcome.code, outcome.stderr).to.equal(3);
      expect(JSON.parse(outcome.stdout).outputs).to.contain('b\u202eü\ncket');
      expectSafe(outcome);
    });
  });

  describe('on a terminal', () => {
    before(function () {
      if (process.platform === 'linux' && spawnSync('script', ['--version']).status === 0) return;
      console.log('      skipped: util-linux `script`, which makes a terminal, is missing');
      this.skip();
    });

    /** Everything that the terminal got from a piece of code, and typed answers to what it asks. */
    async function onTerminal(code: string, answer?: string): Promise<string> {
      const program = `${process.execPath} -r ts-node/register -e '${code}'`;
      const terminal = spawn('script', ['-qec', `stty cols 60 -echo; exec ${program}`, '/dev/null'], {
        cwd: ROOT,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let shown = '';
      let isAnswered = false;
      terminal.stdout.on('data', (chunk) => {
        shown += chunk;
        if (answer === undefined || isAnswered || !shown.includes('[y/N] ')) return;
        isAnswered = true;
        terminal.stdin.write(answer);
      });
      await once(terminal, 'close');
      return shown;
    }

    it('show the line of progress, with names escaped and at most as wide as the terminal', async () => {
      const name = JSON.stringify(`\u202e🚀${'long'.repeat(30)}`);
      const shown = await onTerminal(`
        require("./scripts/cli/terminal").guardTerminal();
        const { Progress } = require("./scripts/cli/progress");
        const progress = new Progress();
        progress.update(${name});
        progress.end();
      `);
      expect(shown).to.equal(`\r\\u202e🚀${'long'.repeat(13)}\u001b[K\r\u001b[K`);
    });

    for (const [answer, expected] of [
      ['y\n', true],
      ['Yes\n', true],
      ['no\n', false],
      ['\n', false],
      ['\x03', false],
      ['\x04', false],
    ] as const) {
      it(`read ${JSON.stringify(answer)} as ${expected ? 'yes' : 'no'}`, async () => {
        const shown = await onTerminal(
          `
          require("./scripts/cli/terminal").guardTerminal();
          const { confirm } = require("./scripts/cli/confirm");
          confirm("Go?").then((answer) => console.log("answer: " + answer));
        `,
          answer,
        );
        expect(shown).to.match(new RegExp(`^Go\\? \\[y/N\\] .*answer: ${expected}\r\n$`, 's'));
      });
    }
  });
});
