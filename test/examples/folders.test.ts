/** The parts of every folder of examples/. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { processorNames } from '../../bundles/processors/names';
import { ROOT } from '../../root';
import { EXAMPLES, readExample } from '../../scripts/new-processor/example';
import { readRecipes } from './recipes';

const names = processorNames(EXAMPLES);

describe('examples/', () => {
  it('is listed in its README, example by example', () => {
    const page = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
    const rows = [...page.matchAll(/^\| \[`([\w-]+)`\]\(([^)]+)\)/gm)];
    expect(rows.map(([, name]) => name)).to.have.members(names);
    for (const [, , link = ''] of rows) expect(existsSync(join(EXAMPLES, link)), link).to.equal(true);
  });

  it('and docs/recipes.md have links whose targets exist', () => {
    for (const page of ['docs/recipes.md', 'examples/README.md']) {
      const text = readFileSync(join(ROOT, page), 'utf8');
      const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, title = '']) =>
        title.toLowerCase().replaceAll(' ', '-'),
      );
      for (const [, link = ''] of text.matchAll(/\]\((?!http)([^)]+)\)/g)) {
        if (link.startsWith('#')) expect(headings, page).to.include(link.slice(1));
        else expect(existsSync(join(ROOT, dirname(page), link)), `${page}: ${link}`).to.equal(true);
      }
    }
  });

  it('has a recipe for each', () => {
    const used = readRecipes().flatMap(({ example }) => example ?? []);
    expect(used).to.have.members(names);
  });

  for (const name of names) {
    const example = readExample(name);

    it(`${name} has samples, and sources of under 60 lines`, () => {
      expect(example.samples).not.to.deep.equal([]);
      const sources = example.files.filter((file) => /\.(ts|py|sh)$/.test(file));
      for (const file of sources)
        expect(readFileSync(join(example.folder, file), 'utf8').split('\n').length, file).to.be.below(61);
    });

    it(`${name} names exact versions of its packages, and holds none of them`, () => {
      for (const version of Object.values(example.packages)) expect(version).to.match(/^\d/);
      expect(readdirSync(example.folder)).not.to.include('node_modules');
    });

    it(`${name} has the wheels that its requirements.txt names`, () => {
      const paths = example.requirements.filter((line) => line.startsWith('wheels/'));
      expect(paths).to.deep.equal(example.wheels.map((wheel) => `wheels/${wheel}`));
    });
  }

  it('does not belong to the workspace that `npm ci` installs', () => {
    const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(workspaces).to.deep.equal(['processors']);
  });
});
