import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ProcessorsFolder } from '../../../bundles/processors/folder';
import { ROOT } from '../../../root';
import type { Processor } from '../../../runtime/processor';
import { createProcessor } from '../../../scripts/new-processor/create';
import { HandMadeSlot } from '../../runtime/processor/context';

describe('A new processor', () => {
  let root: string;
  let processors: ProcessorsFolder;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'project-'));
    const path = join(root, 'processors');
    mkdirSync(path);
    processors = { path, name: 'processors', parent: root, isWorkspace: true };
    symlinkSync(join(ROOT, 'runtime'), join(root, 'runtime'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  for (const [language, files] of [
    ['typescript', ['index.ts']],
    ['python', ['index.ts', 'main.py']],
  ] as const)
    it(`in ${language} runs as it is`, async () => {
      expect(createProcessor('my-own', language, processors)).to.deep.equal(
        files.map((file) => `processors/my-own/${file}`),
      );
      const folder = join(processors.path, 'my-own');
      expect(readdirSync(folder).sort()).to.deep.equal(files);
      const { default: processor }: { default: Processor } = require(folder);
      const slot = new HandMadeSlot(processor, { folder });
      try {
        const [output] = await slot.process('a\nb\n', { key: 'data/ü.txt' });
        expect(output).to.include({ suffix: '.json', contentType: 'application/json' });
        expect(JSON.parse(output?.content.toString() ?? '')).to.deep.equal({ key: 'data/ü.txt', lines: 2 });
      } finally {
        slot.close();
      }
    });

  for (const name of ['', 'Resize', '1st', '-a', 'a_b', 'a/b', '..', 'a b', 'é', 'x'.repeat(41)])
    it(`cannot have the name "${name}"`, () => {
      expect(() => createProcessor(name, 'typescript', processors)).to.throw(
        `"${name}" cannot be the name of a processor: give up to 40 lower-case letters`,
      );
      expect(readdirSync(processors.path)).to.deep.equal([]);
    });

  it('replaces no existing folder', () => {
    createProcessor('taken', 'python', processors);
    expect(() => createProcessor('taken', 'typescript', processors)).to.throw(
      'processors/taken exists already: give another name, or remove it.',
    );
    expect(readdirSync(join(processors.path, 'taken')).sort()).to.deep.equal(['index.ts', 'main.py']);
  });
});
