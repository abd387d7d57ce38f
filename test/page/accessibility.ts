/** axe-core's rules of WCAG 2 and its best practices, on a page as it is shown. https://github.com/dequelabs/axe-core */
import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import { expect } from 'chai';
import type { Page } from 'playwright-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export async function expectAccessible(page: Page): Promise<void> {
  // It bypasses the page's policy, which allows only the page's own script.
  const { violations } = (await page.evaluate(`${AXE}; axe.run(document)`)) as AxeResults;
  const problems = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html)}`,
  );
  expect(problems).to.deep.equal([]);
}
