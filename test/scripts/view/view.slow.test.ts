/** The page of live runs: a real browser, on a local cloud. */
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import type { Target } from '../../../scripts/target/target';
import { startView, type ViewServer } from '../../../scripts/view/server';
import { expectAccessible } from '../../page/accessibility';
import { isBrowserMissing, launchBrowser } from '../../support/browser';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../../support/cloud';
import { failure } from '../../support/failure';

const KEYS = ['in/0', 'in/1', 'in/2'];
/** One of the objects hangs. */
const LIVE = ['live/0', 'live/1', 'live/2', 'live/hang'];
const INPUT = { worker_count: 2, tolerated_failure_percentage: 100 };
/** Waits until the test's own limit: a busy machine is not a failure. */
const PATIENCE = { timeout: 400_000 };

describe('the page of live runs', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let cloud: TestCloud;
  let view: ViewServer;
  let browser: Browser;
  let page: Page;
  let problems: string[];

  before(async function () {
    if (isBrowserMissing('the page of live runs')) this.skip();
    stack = await synthesizeForTest({ ...SMALL_FLEET, BATCH_NOTIFY_EMAIL: 'someone@example.com' });
    cloud = await TestCloud.start(stack.stackFolder);
    await cloud.put([...KEYS, ...LIVE, '<b>/0']);
    view = await startView(targetOf(cloud));
    browser = await launchBrowser();
    const context = await browser.newContext();
    context.setDefaultTimeout(PATIENCE.timeout);
    page = await context.newPage();
    problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('dialog', (dialog) => dialog.accept());
  });
  after(async () => {
    await browser?.close();
    await view?.close();
    await cloud?.close();
    await stack?.remove();
  });

  const targetOf = ({ batch, cloud: { outputs, clientConfig } }: TestCloud): Target => ({
    kind: 'local',
    batch,
    outputs,
    clientConfig,
    close: async () => {},
  });
  const own = () => new URL(view.address).origin;
  const start = async (name: string, prefix: string, parameters: object) => {
    const input = { ...INPUT, prefix, parameters: { seconds: 0, ...parameters } };
    return cloud.batch.start(input, { name });
  };
  const section = (name: string) => page.getByRole('region', { name, exact: true });

  it('says how to begin if there is no run', async () => {
    await page.goto(view.address);
    expect(page.url()).to.equal(`${own()}/`);
    await page.getByText('npx ts-node scripts/execute.ts 4 data/').waitFor();
    await expectAccessible(page);
  });

  it('shows a run while it goes on, and stops it', async () => {
    await start('live', 'live/', { fault: 'hang', fault_key: 'hang', fault_attempts: 100 });
    await page.getByRole('link', { name: 'live' }).click();
    await page.getByText('3 of 4 objects (75%)').waitFor();
    expect(await page.locator('h1').innerText()).to.equal('live');
    expect(await section('Progress').innerText()).to.include('Processing');
    // From the workers' log.
    await section('Log').getByText('live/2: S3 object processed successfully').waitFor();
    await section('Objects a second').locator('canvas').first().waitFor();
    await section('Workers and slots').locator('canvas').first().waitFor();
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped', { exact: true }).waitFor();
    // The results exist now.
    await section('Slowest objects').getByText('live/0').waitFor();
    expect(await page.locator('.tiles').innerText()).to.match(/Objects\s+3\s+1 not done/);
    expect(await page.getByRole('button', { name: 'Stop' }).isVisible()).to.equal(false);
  });

  it('gives an object as a file to save, with any content', async () => {
    const download = page.waitForEvent('download');
    await section('Slowest objects').getByRole('link', { name: 'live/0' }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).to.equal('0');
    expect(new URL(saved.url()).pathname).to.equal('/objects');
    const odd = await page.request.get(
      `${own()}/objects?bucket=${cloud.deployment.bucketName}&key=%3Cb%3E%2F0`,
    );
    expect(odd.headers()).to.include({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
    });
    expect(await odd.text()).to.equal('content of <b>/0\n');
    expect((await page.request.get(`${own()}/objects?bucket=other&key=a`)).status()).to.equal(404);
    const gone = await page.request.get(`${own()}/objects?bucket=${cloud.deployment.bucketName}&key=gone`);
    expect(gone.status()).to.equal(404);
    expect(await gone.text()).to.match(/gone cannot be read: NoSuchKey/);
  });

  it('starts a run of the objects that failed', async () => {
    await (await start('some', 'in/', { fault: 'permanent', fault_key: '1' })).wait({
      intervalSeconds: 0.05,
    });
    await page.getByRole('link', { name: '← All runs' }).click();
    await page.getByRole('link', { name: 'some' }).click();
    await section('Failures').getByText('PermanentError').waitFor();
    await page.getByRole('button', { name: 'Retry failed objects' }).click();
    await page.waitForURL(/\/runs\/retry-/);
    const name = decodeURIComponent(page.url().split('/').at(-1) ?? '');
    const { input } = await cloud.batch.execution(name).wait({ intervalSeconds: 0.05 });
    expect(input).to.deep.include({ objects: [{ Key: 'in/1' }], worker_count: 2 });
    await page.getByRole('button', { name: 'Retry failed objects' }).waitFor();
  });

  it('shows the message that each end of a run sends', async () => {
    await page.getByRole('link', { name: '← All runs' }).click();
    await section('Messages')
      .getByText(/: SUCCEEDED, \d+ done, .*\(some\)/)
      .click();
    await section('Messages').getByText('The execution some of batch-processor ended: SUCCEEDED.').waitFor();
  });

  it('holds no connection of the browser once a run is over, for any number of tabs', async () => {
    for (let tabs = 0; tabs < 7; tabs += 1) {
      const tab = await page.context().newPage();
      await tab.goto(`${own()}/runs/live`);
      await tab.getByText('Stopped', { exact: true }).waitFor();
    }
    await Promise.all(
      page
        .context()
        .pages()
        .filter((tab) => tab !== page)
        .map((tab) => tab.close()),
    );
  });

  it('says what is wrong with a run that is unknown, or that left no results', async () => {
    await page.goto(`${own()}/runs/nobody`);
    await page.getByText('There is no execution nobody').waitFor();
    const { name } = await cloud.batch.start({ ...INPUT, worker_count: 0, prefix: 'in/' }, { check: false });
    await page.goto(`${own()}/runs/${name}`);
    await page.getByText('InvalidInput').first().waitFor();
    await page.getByText('No object has ended.').waitFor();
    expect(await page.locator('main').innerText()).not.to.match(/all processed|local\/results|\b0 bytes/);
    await expectAccessible(page);
  });

  it('sends requests to no other host, and runs only its own script', async () => {
    expect(problems.filter((problem) => !problem.includes('404'))).to.deep.equal([]);
    const { 'content-security-policy': policy } = (await page.request.get(`${own()}/`)).headers();
    expect(policy).to.include("default-src 'none'").and.not.include('unsafe');
  });

  it('answers no page of another site, and no client without the key', async () => {
    const context = await browser.newContext();
    const stranger = await context.newPage();
    expect((await stranger.goto(`${own()}/`))?.status()).to.equal(401);
    const other = await startView(targetOf(cloud));
    try {
      // Another port is another origin: it may neither read nor stop, also in a browser that was let in.
      await page.goto(other.address);
      const ask = (path: string, method: string) =>
        page.evaluate(
          `fetch('${own()}${path}', { method: '${method}', credentials: 'include' }).then(() => 'answered', () => 'refused')`,
        );
      expect(await ask('/api/runs', 'GET')).to.equal('refused');
      expect(await ask('/api/runs/some/stop', 'POST')).to.equal('refused');
    } finally {
      await other.close();
      await context.close();
    }
  });

  it('says in one line that a port is in use', async () => {
    const port = Number(new URL(view.address).port);
    const refused = await failure(startView(targetOf(cloud), { port }));
    expect(refused).to.include({
      name: 'UsageError',
      message: `Port ${port} is in use: choose another one.`,
    });
  });
});
