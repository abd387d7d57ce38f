import { expect } from 'chai';
import { type Figure, format, inOrder, join, median } from './figure';

const figure = (more: Partial<Figure> = {}): Figure => ({
  name: 'a to b',
  values: [1],
  measured: {},
  ...more,
});

describe('a figure', () => {
  it('has the median of its repetitions', () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 2, 3])).to.equal(2.5);
    expect(median([7])).to.equal(7);
    expect(median([])).to.be.NaN;
  });

  it('has a value of each repetition, and the measurements of the last one', () => {
    const rounds = [1, 2].map((value) => [figure({ values: [value], measured: { 'a/s': value } })]);
    expect(join(rounds)).to.deep.equal([figure({ values: [1, 2], measured: { 'a/s': 2 } })]);
  });

  it('is listed in the order of the table, a figure without a row at the end', () => {
    const figures = [
      figure({ name: 'none' }),
      figure({ row: 10 }),
      figure({ row: 2, name: 'first of 2' }),
      figure({ row: 2 }),
    ];
    expect(inOrder(figures).map(({ row, name }) => [row, name])).to.deep.equal([
      [2, 'first of 2'],
      [2, 'a to b'],
      [10, 'a to b'],
      [undefined, 'none'],
    ]);
  });

  it('is shown with its spread, its aim and its unit', () => {
    const shown = format(
      figure({ row: 7, unit: 's', values: [2, 1, 3], aim: { atMost: 2.5 }, measured: { 'a/s': 123.4 } }),
    );
    expect(shown).to.deep.equal(['2.00 s  7. a to b (1.00 to 3.00, aim: at most 2.5 s)', '        a/s: 123']);
    expect(format(figure({ aim: { atLeast: 0.95 } }))).to.deep.equal([
      '1.00  a to b (1.00 to 1.00, aim: at least 0.95)',
    ]);
  });
});
