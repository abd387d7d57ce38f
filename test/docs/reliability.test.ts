/** docs/reliability.md and test/reliability/ have the same faults. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';

const TESTS = join(ROOT, 'test', 'reliability');

/** Each fault with the file that has its tests: `describe`s of the second level. */
function testedFaults(): string[] {
  const files = readdirSync(TESTS).filter((name) => name.endsWith('.slow.test.ts'));
  return files.flatMap((file) => {
    const source = readFileSync(join(TESTS, file), 'utf8');
    const names = [...source.matchAll(/^ {2}describe\((['"`])(.*)\1/gm)].map(([, , name]) => name);
    return names.map((name) => `${name} → ${file.replace('.slow.test.ts', '')}`);
  });
}

describe('docs/reliability.md', () => {
  it('has a line for each fault that is tested, and none besides', () => {
    const page = readFileSync(join(ROOT, 'docs', 'reliability.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (.+?) \| .+ \| `(\w+)` \|$/gm)];
    const documented = rows.map(([, fault, file]) => `${fault?.replaceAll('`', '')} → ${file}`);
    expect(documented).to.have.members(testedFaults());
  });
});
