/** Each scenario runs, with a handful of objects. What it measures so means nothing, and no time is asserted. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import type { Sizes } from './scenario';
import { SCENARIOS } from './scenarios';
import { runRounds } from './support/run-rounds';

const HANDFUL: Sizes = {
  smallObjects: 8,
  // Enough tasks for all slots.
  mebibyteObjects: 80,
  tasks: 20,
  longObjects: 4,
  longSeconds: 0.1,
  largeMebibytes: 6,
  fewKeys: 20,
  keys: [250],
  images: 2,
};

/** Rows of the table in docs/performance.md. */
const ROWS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

describe('npm run bench', () => {
  const rows = new Set<number>();
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('bench-'));

  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    it(`measures ${name}`, async function () {
      if (scenario.needs?.linux && process.platform !== 'linux') this.skip();
      const before = left();
      const said: string[] = [];
      const progress = (what: string) => said.push(what);
      const figures = await runRounds(scenario, { sizes: HANDFUL, rounds: 1, progress });
      expect(figures).not.to.be.empty;
      for (const { name: what, values, measured, row } of figures) {
        for (const value of [...values, ...Object.values(measured)])
          expect(value, what).to.satisfy(Number.isFinite);
        if (row !== undefined) rows.add(row);
      }
      expect(said).to.include('round 1 of 1');
      expect(left(), 'folders left').to.deep.equal(before);
    });
  }

  it('has a figure for each row of the table', function () {
    if (process.platform !== 'linux') this.skip();
    expect([...rows].sort((a, b) => a - b)).to.deep.equal(ROWS);
  });

  it('gives up a round that is stopped, and leaves nothing', async () => {
    const before = left();
    const stop = new AbortController();
    const reason = new Error('stopped');
    const closed: string[] = [];
    const measuring = runRounds(
      {
        description: '',
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
