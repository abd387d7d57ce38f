import { mock } from 'node:test';
import { expect } from 'chai';
import { ReadAhead } from '../../../../../../local/services/states/run/map/read-ahead';

describe('reading ahead of the children of a map', () => {
  afterEach(() => mock.restoreAll());

  it('reads a hundred inputs at once, even on a slow machine, before it yields', async () => {
    let milliseconds = performance.now();
    mock.method(performance, 'now', () => {
      milliseconds += 1_000;
      return milliseconds;
    });
    const input = { name: 'child', text: '{}', input: {}, itemCount: 1 };
    async function* pages() {
      yield Array(150).fill(input);
      yield Array(200).fill(input);
    }
    const readInTurns = [0];
    const nextTurn = () => {
      readInTurns.push(0);
      if (!ahead.isDone) setImmediate(nextTurn);
    };
    const ahead = new ReadAhead(pages, () => 0);
    setImmediate(nextTurn);
    await ahead.read(new AbortController().signal, () => {
      readInTurns[readInTurns.length - 1] = (readInTurns.at(-1) ?? 0) + 1;
    });
    // The clock of the first turn starts after a hundred.
    expect(readInTurns.filter((count) => count > 0)).to.deep.equal([200, 100, 50]);
  });
});
