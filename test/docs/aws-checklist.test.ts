/** docs/aws-checklist.md and scripts/e2e/aws-checks/ have the same checks, and each entry has all its parts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { CHECKS } from '../../scripts/e2e/aws-checks/checks';

const PAGE = readFileSync(join(ROOT, 'docs', 'aws-checklist.md'), 'utf8');
const ENTRIES = PAGE.split(/^### /m)
  .slice(1)
  .map((text) => text.split(/^## /m)[0] ?? '');

describe('docs/aws-checklist.md', () => {
  it('has one entry for each check, and no others', () => {
    const named = ENTRIES.flatMap((entry) =>
      [...entry.matchAll(/--aws-checks --only ([\w-]+)`/g)].map(([, name]) => name),
    );
    expect(named).to.have.members(CHECKS.map(({ name }) => name));
    expect(new Set(named).size).to.equal(named.length);
  });

  it('gives for each fact what breaks, how to check it, what to expect and where it is documented', () => {
    for (const entry of ENTRIES) {
      const [title] = entry.split('\n');
      const parts = [...entry.matchAll(/^- \*\*(.+?):\*\* /gm)].map(([, part]) => part);
      expect(parts, title).to.deep.equal(['If not', 'Try', 'Expect', 'Docs']);
      expect(entry, title).to.match(/\*\*Docs:\*\* https:\/\/docs\.aws\.amazon\.com\/\S+\n/);
    }
  });

  it('names files that exist', () => {
    const files = [...PAGE.matchAll(/`((?:asl|stacks|client|runtime|scripts|local)\/[\w./-]*)`/g)];
    expect(files.length).to.be.above(20);
    for (const [, file = ''] of files) expect(existsSync(join(ROOT, file)), file).to.equal(true);
  });
});

describe('the checks of AWS', () => {
  it('are one file each, and the file has the name of its check', () => {
    const parts = ['check', 'checks', 'run-checks', 'trial'];
    const files = readdirSync(join(ROOT, 'scripts', 'e2e', 'aws-checks'));
    const names = files.map((file) => file.replace('.ts', '')).filter((file) => !parts.includes(file));
    expect(names).to.have.members(CHECKS.map(({ name }) => name));
  });
});
