/** A cell of a table is too small for a paragraph. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';

const CELL_LIMIT = 200;

const pagesBelow = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join(folder, path));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'processors/README.md',
  'examples/README.md',
  ...pagesBelow('docs'),
];

/** The cells of all tables, as they are written. */
const cellsOf = (page: string) =>
  [...page.matchAll(/^\|(.*)\|$/gm)].flatMap(([, row = '']) =>
    row.split(/(?<!\\)\|/).map((cell) => cell.trim()),
  );

describe('the tables of the documentation', () => {
  for (const path of PAGES) {
    it(`have cells of fewer than 200 characters: ${path}`, () => {
      const cells = cellsOf(readFileSync(join(ROOT, path), 'utf8'));
      expect(cells.filter(({ length }) => length >= CELL_LIMIT)).to.deep.equal([]);
    });
  }
});
