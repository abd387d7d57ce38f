/** A report in a real browser. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { FiguresCollector } from '../../client/figures/collector';
import type { RunView } from '../../page/run-view';
import { reportDocument } from '../../scripts/report/document';
import { isBrowserMissing, launchBrowser } from '../support/browser';
import { expectAccessible } from './accessibility';
import { sampleRun } from './sample-run';

const EVIL = `"'><img src=x onerror="window.pwned=1"><script>window.pwned=1</script></script><!--<script>\u2028`;

describe('a report in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  let browser: Browser;
  before(async function () {
    if (isBrowserMissing('reports in a browser')) this.skip();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** The requests of a page, and its errors. */
  let requests: string[];
  let problems: string[];

  async function open(run: RunView, options: BrowserContextOptions = {}): Promise<Page> {
    requests = [];
    problems = [];
    const file = join(folder, 'report.html');
    writeFileSync(file, reportDocument(run));
    const context = await browser.newContext({ timezoneId: 'UTC', ...options });
    const page = await context.newPage();
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(pathToFileURL(file).href);
    await page.locator('h1').waitFor();
    return page;
  }
  const close = (page: Page) => page.context().close();

  const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

  it('shows the run, its charts and its tables, and loads nothing else', async () => {
    const page = await open(sampleRun());
    expect(await page.title()).to.equal('nightly-7: report');
    expect(await page.locator('header').innerText()).to.match(
      /nightly-7\s+✓\s+Succeeded\s+Processor thumbnail\s+6 workers/,
    );
    const tiles = await page.locator('.tiles').innerText();
    expect(tiles)
      .to.match(/Objects\s+4,000/)
      .and.match(/Cost\s+\$0\.\d\d/);
    for (const chart of ['Objects a second', 'Workers and slots', 'Time an object takes'])
      await section(page, chart).locator('canvas').first().waitFor();
    expect(await section(page, 'Failures').innerText())
      .to.include('PermanentError')
      .and.include('is not an image: the file starts with "<html>"');
    expect(await section(page, 'Cost').innerText()).to.include('State transitions');
    expect(requests).to.have.length(1);
    expect(problems).to.deep.equal([]);
    await close(page);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`is accessible, ${colorScheme}, with all details open`, async () => {
      const page = await open(sampleRun(), { colorScheme });
      for (const summary of await page.locator('summary').all())
        if (await summary.isVisible()) await summary.click();
      await expectAccessible(page);
      await close(page);
    });
  }

  it('is smooth with a hundred thousand objects: it holds columns, not objects', async () => {
    const run = sampleRun({ objects: 100_000, workers: 100, slots: 4, failing: 0.05 });
    expect(reportDocument(run).length).to.be.below(600_000);
    const page = await open(run);
    expect(await page.locator('.tiles').innerText()).to.match(/Objects\s+100,000/);
    expect(await section(page, 'Workers and slots').locator('.readout').innerText()).to.include(
      '100 workers, 400 slots',
    );
    expect(await page.locator('*').count()).to.be.below(1500);
    expect(problems).to.deep.equal([]);
    await close(page);
  });

  it('can be used with the keyboard alone', async () => {
    const page = await open(sampleRun());
    const chart = section(page, 'Objects a second');
    const readout = chart.locator('.readout');
    expect(await readout.innerText()).to.match(/4,000 objects in .* a second on average/);
    await chart.getByRole('img').focus();
    await page.keyboard.press('Home');
    const first = await readout.innerText();
    expect(first).to.match(/^0:\d\d to 0:\d\d: [\d.]+ a second, \d+ objects?/);
    await page.keyboard.press('ArrowRight');
    expect(await readout.innerText()).not.to.equal(first);
    await page.keyboard.press('Escape');
    expect(await readout.innerText()).to.match(/on average/);

    const timeline = section(page, 'Workers and slots');
    await timeline.getByRole('img').focus();
    await page.keyboard.press('End');
    const row = await timeline.locator('.readout').innerText();
    await page.keyboard.press('ArrowDown');
    expect(await timeline.locator('.readout').innerText())
      .to.match(/slot \d, .* busy for/)
      .and.not.equal(row);

    const slowest = section(page, 'Slowest objects');
    const firstKey = await slowest.locator('tbody code').first().innerText();
    await slowest.getByRole('button', { name: /Next page/ }).focus();
    await page.keyboard.press('Enter');
    expect(await slowest.locator('.pages').innerText()).to.include('11 to 20 of 100');
    expect(await slowest.locator('tbody code').first().innerText()).not.to.equal(firstKey);
    await close(page);
  });

  it('has the data of each chart as a table', async () => {
    const page = await open(sampleRun());
    const chart = section(page, 'Workers and slots');
    await chart.getByText('Show as a table').click();
    const rows = await chart.locator('tbody tr').allInnerTexts();
    expect(rows).to.have.length(12);
    expect(rows[0]).to.match(/^[0-9a-f]{8}\s+1\s+\d+\s+\d+\s+\d+(\.\d)?%$/);
    await close(page);
  });

  it('shows keys, messages and causes of strangers as text', async () => {
    const collector = new FiguresCollector();
    const place = { worker: EVIL, slot: 1, endedAt: Date.now(), seconds: 1 };
    collector.add({ key: EVIL, status: 'failed', error: EVIL, message: EVIL, stack: EVIL, ...place });
    collector.add({ key: EVIL, status: 'success', ...place });
    const sample = sampleRun();
    const page = await open({
      ...sample,
      name: EVIL,
      status: 'FAILED',
      error: EVIL,
      cause: EVIL,
      processor: EVIL,
      input: { [EVIL]: EVIL },
      location: { ...sample.location, outputs: EVIL, objectLink: '/objects?key=' },
      figures: collector.figures,
    });
    expect(await page.locator('h1').innerText()).to.include('<img src=x');
    expect(await page.title()).to.include('<script>');
    expect(await section(page, 'Failures').innerText()).to.include('<img src=x');
    expect(await page.locator('img').count()).to.equal(0);
    expect(await page.evaluate('window.pwned')).to.equal(undefined);
    expect(requests).to.have.length(1);
    expect(problems).to.deep.equal([]);
    await close(page);
  });

  it('runs only its own script, with any injected content', async () => {
    const page = await open(sampleRun());
    await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'window.pwned = 1';
      document.body.append(script);
    }`);
    expect(await page.evaluate('window.pwned')).to.equal(undefined);
    expect(problems.join()).to.include('Content Security Policy');
    await close(page);
  });

  it('says in words if there is no data to draw', async () => {
    const { cost: _, input: __, status: ___, startedAt: ____, endedAt: _____, ...rest } = sampleRun();
    const page = await open({ ...rest, figures: new FiguresCollector().figures });
    for (const text of ['No object has ended.', 'No worker has processed an object.', 'Nothing failed.'])
      await page.getByText(text).waitFor();
    expect(await section(page, 'Cost').count()).to.equal(0);
    expect(await page.locator('header').innerText()).to.include('Ended');
    await expectAccessible(page);
    await close(page);
  });

  it('fits a narrow window', async () => {
    const page = await open(sampleRun(), { viewport: { width: 360, height: 740 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(360);
    await close(page);
  });
});
