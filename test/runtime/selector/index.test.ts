/** The function that Lambda calls, with an S3 over HTTP. */
import fs from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { expect } from 'chai';
import { BUCKET } from '../../local/services/s3/server';
import { serviceEnvironment, setEnvironment } from '../support/environment';
import { captureLines } from '../support/lines';
import { loadFunction } from '../support/load-function';
import { useSelections } from '../support/selections';

const FOLDER = join(__dirname, '..', '..', '..', 'runtime', 'selector');
const HOUR = 3_600_000;

describe("the selector's function", () => {
  const lines = captureLines();
  const selections = useSelections();
  const { eventOf, listed } = selections;
  let handler: typeof import('../../../runtime/selector').handler;
  let restore: () => void;
  before(() => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
    restore = setEnvironment({ ...serviceEnvironment(selections.server.endpoint, credentials), BUCKET });
    // The build writes it beside the function's code.
    const { readFileSync } = fs;
    const processors = JSON.stringify({ copy: { version: '1', outputs: [''], parameters: {} } });
    const read = (...given: Parameters<typeof readFileSync>) =>
      given[0] === join(FOLDER, 'processors.json') ? processors : readFileSync(...given);
    const reading = mock.method(fs, 'readFileSync', read);
    ({ handler } = loadFunction<typeof import('../../../runtime/selector')>(FOLDER));
    reading.mock.restore();
  });
  after(() => restore());
  beforeEach(() => mock.timers.enable({ apis: ['Date'], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  /** Three pages. */
  const keys = Array.from({ length: 2_500 }, (_, index) => `k${index}`);
  /** A call in which this time passes before its first page, and none after it. */
  const call = (event: ReturnType<typeof eventOf>, passes: number, remaining = HOUR) =>
    handler(
      {
        ...event,
        get objects() {
          mock.timers.setTime(Date.now() + passes);
          return keys.map((Key) => ({ Key }));
        },
      },
      { getRemainingTimeInMillis: () => remaining },
    );

  it('selects, and says which objects', async () => {
    const event = eventOf({ prefix: '', select: { changed: true } });
    const status = await handler(event, { getRemainingTimeInMillis: () => HOUR });
    expect(status).to.deep.include({ done: true, selected: 0 });
    const { execution, call } = event;
    expect(lines.at(-1)).to.deep.include({ message: 'Objects selected', execution, call, selection: status });
  });

  const first: [string, number, number, number][] = [
    ['12 s, so that workers boot soon', 12_000, HOUR, 1_000],
    ['at least that', 11_999, HOUR, 2_500],
    ['the time that the function has left, minus 30 s', 11_000, 41_000, 1_000],
    ['at least the time that is left', 10_999, 41_000, 2_500],
  ];
  for (const [what, passes, remaining, selected] of first) {
    it(`takes for its first call ${what}`, async () => {
      const status = await call(eventOf({}), passes, remaining);
      expect(status).to.include({ selected, done: selected === keys.length });
    });
  }

  it('takes 75 s for each other call', async () => {
    for (const [passes, selected] of [
      [75_000, 2_000],
      [74_999, 2_500],
    ] as const) {
      const event = eventOf({});
      await call(event, 12_000);
      const status = await call({ ...event, call: 1 }, passes);
      expect(status).to.include({ selected });
      if (status.done) expect(await listed(status)).to.deep.equal(keys);
    }
  });
});
