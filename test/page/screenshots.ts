/** `npm run screenshots`: makes the pictures of docs/ again, from made-up runs, so that they change only when the pages change. */
import '../../scripts/cli/quiet';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { BatchProcessor } from '../../client';
import { ROOT } from '../../root';
import { reportDocument } from '../../scripts/report/document';
import { startView } from '../../scripts/view/server';
import { isBrowserMissing, launchBrowser } from '../support/browser';
import { SAMPLE_LINES, sampleList, sampleLiveRun, sampleRun } from './sample-run';

const PICTURES = join(ROOT, 'docs', 'pictures');
const WIDTH = 1080;

/** The server gets no requests: the pages get made-up answers. */
const NOWHERE = BatchProcessor.connect({
  region: 'eu-west-1',
  stateMachineArn: 'arn:aws:states:eu-west-1:000000000000:stateMachine:batch-processor',
  bucketName: 'none',
});

/** A stream that stays open, like that of the server. */
const eventSourceOf = (events: object[]) => `
  globalThis.EventSource = class extends EventTarget {
    constructor() {
      super();
      for (const event of ${JSON.stringify(events)})
        setTimeout(() => this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(event) })));
    }
  };`;

async function shoot(page: Page, name: string, height: number): Promise<void> {
  await page.locator('canvas, table').first().waitFor();
  await page.screenshot({
    path: join(PICTURES, `${name}.png`),
    clip: { x: 0, y: 0, width: WIDTH, height },
    fullPage: true,
  });
}

async function main(): Promise<void> {
  if (isBrowserMissing('screenshots')) return;
  const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
  const browser = await launchBrowser();
  const view = await startView({
    kind: 'aws',
    batch: NOWHERE,
    outputs: {},
    clientConfig: {},
    close: async () => {},
  });
  try {
    const report = join(folder, 'report.html');
    writeFileSync(report, reportDocument(sampleRun()));
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({
        colorScheme,
        timezoneId: 'UTC',
        viewport: { width: WIDTH, height: 900 },
      });
      const page = await context.newPage();
      await page.goto(pathToFileURL(report).href);
      await shoot(page, `report-${colorScheme}`, 1180);
      await page.route('**/api/runs', (route) => route.fulfill({ json: sampleList() }));
      await page.addInitScript(eventSourceOf([{ lines: SAMPLE_LINES }, { run: sampleLiveRun() }]));
      await page.clock.setFixedTime(sampleLiveRun().madeAt);
      await page.goto(view.address);
      await shoot(page, `runs-${colorScheme}`, 440);
      await page.getByRole('link', { name: 'nightly-7' }).click();
      await page.locator('canvas').first().waitFor();
      await shoot(page, `run-${colorScheme}`, 800);
      await context.close();
    }
  } finally {
    await browser.close();
    await view.close();
    rmSync(folder, { recursive: true });
  }
}

void main();
