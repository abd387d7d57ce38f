/** docs/reliability.md and test/reliability/ have the same faults. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';

const TESTS = join(ROOT, 'test', 'reliability');

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Each fault with the file that has its tests: `describe`s of the second level. */
function testedFaults(): string[] {
  const files = readdirSync(TESTS).filter((name) => name.endsWith('.slow.test.ts'));
  return files.flatMap((file) => {
    const source = readFileSync(join(TESTS, file), 'utf8');
    const names = [...source.matchAll(/^ {2}describe\((['"`])(.*)\1/gm)].map(([, , name]) => name);
    return names.map((name = '') => `${capitalized(name)} → ${file.replace('.slow.test.ts', '')}`);
  });
}

/** Each fault of the page with the file that its section names: headings of the third level below those of the second. */
function documentedFaults(page: string): string[] {
  return page.split(/^## /m).flatMap((section) => {
    const [, file] = /^.*: `(\w+)\.slow\.test\.ts`\n/.exec(section) ?? [];
    return [...section.matchAll(/^### (.+)$/gm)].map(([, fault]) => `${fault} → ${file}`);
  });
}

describe('docs/reliability.md', () => {
  it('has a section for each fault that is tested, and no others', () => {
    const page = readFileSync(join(ROOT, 'docs', 'reliability.md'), 'utf8');
    expect(documentedFaults(page)).to.have.members(testedFaults());
  });
});
