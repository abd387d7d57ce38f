/** Each scenario runs, with a handful of objects. Such measurements mean nothing, and the tests assert no time. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { isMissing } from '../support/tools';
import type { Sizes } from './scenario';
import { whatIsMissing } from './scenario';
import { SCENARIOS } from './scenarios';
import { runRounds } from './support/run-rounds';

const HANDFUL: Sizes = {
  smallObjects: 8,
  // Enough tasks for all slots.
  mebibyteObjects: 40,
  tasks: 20,
  longObjects: 4,
  longSeconds: 0.1,
  longWorkers: 2,
  largeMebibytes: 6,
  fewKeys: 20,
  keys: [250],
  images: 2,
  sampled: 3,
};

/** Rows of the table in docs/performance.md. */
const ROWS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

describe('npm run bench', () => {
  // The folder is its own, since somebody may run the bench meanwhile.
  const { TMPDIR } = process.env;
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'scenarios-'));
    process.env.TMPDIR = folder;
  });
  after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(folder, { recursive: true });
  });
  const left = () => readdirSync(folder).filter((name) => name.startsWith('bench-'));

  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    it(`measures ${name}`, async function () {
      const missing = whatIsMissing(scenario);
      if (isMissing(`measures ${name}`, missing ? { [missing]: undefined } : {})) this.skip();
      const before = left();
      const said: string[] = [];
      const progress = (what: string) => said.push(what);
      const figures = await runRounds(scenario, { sizes: HANDFUL, rounds: 1, progress });
      expect(figures).not.to.be.empty;
      for (const { name: what, values, measured } of figures) {
        for (const value of [...values, ...Object.values(measured)])
          expect(value, what).to.satisfy(Number.isFinite);
      }
      const rows = new Set(figures.flatMap(({ row }) => row ?? []));
      expect([...rows].sort((a, b) => a - b)).to.deep.equal(scenario.rows);
      expect(said).to.include('round 1 of 1');
      expect(left(), 'folders left').to.deep.equal(before);
    });
  }

  it('has figures for each row of the table', () => {
    const rows = Object.values(SCENARIOS).flatMap((scenario) => scenario.rows);
    expect(rows.sort((a, b) => a - b)).to.deep.equal(ROWS);
  });

  it('is described in docs/performance.md', () => {
    const page = readFileSync(join(ROOT, 'docs', 'performance.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, row]) => Number(row));
    expect([...new Set(rows)]).to.deep.equal(ROWS);
    for (const name of Object.keys(SCENARIOS)) expect(page).to.include(`\`${name}\``);
  });

  it('gives up a round that is stopped, and leaves nothing', async () => {
    const before = left();
    const stop = new AbortController();
    const reason = new Error('stopped');
    const closed: string[] = [];
    const measuring = runRounds(
      {
        description: '',
        rows: [],
        measure: async (round) => {
          round.atEnd(() => closed.push('first'));
          round.atEnd(() => closed.push('second'));
          stop.abort(reason);
          return new Promise(() => {});
        },
      },
      { sizes: HANDFUL, rounds: 2, signal: stop.signal, progress: () => {} },
    );
    expect(await measuring.catch((error) => error)).to.equal(reason);
    expect(closed).to.deep.equal(['second', 'first']);
    expect(left()).to.deep.equal(before);
  });
});
