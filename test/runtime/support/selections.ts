/** Selections, call by call, in an S3 over HTTP. */
import { expect } from 'chai';
import type { SelectionStatus, SelectorEvent } from '../../../runtime/contract';
import { runCall } from '../../../runtime/selector/call';
import { KeySet } from '../../../runtime/selector/key-set';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';
import { s3Of } from './s3-of';

export type Given = Pick<SelectorEvent, 'prefix' | 'objects' | 'manifest' | 'select'> &
  Partial<SelectorEvent>;

/** For a `describe`: starts the S3 before its tests, and ends it after them. */
export function useSelections() {
  let server: TestServer;
  let runs = 0;
  const keys = new KeySet();
  const put = (key: string, text = key) => server.put(key, text);

  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const eventOf = (given: Given): SelectorEvent => ({
    execution: `run-${runs++}`,
    started_at: '2026-11-26T12:00:00Z',
    bucket: BUCKET,
    output_bucket: BUCKET,
    processor: 'copy',
    parameters: {},
    output_prefix: 'processed/',
    force: false,
    call: 0,
    ...given,
  });
  const call = (event: SelectorEvent, until = Number.POSITIVE_INFINITY): Promise<SelectionStatus> =>
    runCall(
      event,
      {
        s3: s3Of(server.client),
        ownBucket: BUCKET,
        environment: '',
        keys,
        processors: { copy: { version: '1', outputs: [''], parameters: {} } },
      },
      until,
    );
  const text = (key: string) => server.text(key);
  const listed = async ({ manifest }: SelectionStatus): Promise<string[]> =>
    (await text(manifest.Key))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).Key);
  /** Selects all in one call, and again with one page a call. Both must agree. */
  const select = async (given: Given) => {
    const event = eventOf(given);
    const status = await call(event);
    expect(status).to.include({ done: true, next_call: 1 });
    const { message, counts } = await inCalls(eventOf(given));
    expect({ message, counts }).to.deep.equal({ message: status.message, counts: status.counts });
    return { ...status, keys: await listed(status) };
  };
  /**
   * A deadline that a call reaches once it has read the clock this number of times. It reads the clock before each page except the first.
   */
  const afterPages = (pages: number) => {
    let looks = 0;
    const time = {
      valueOf() {
        looks += 1;
        return looks < pages ? Number.POSITIVE_INFINITY : 0;
      },
    };
    return time as unknown as number;
  };
  const inCalls = async (event: SelectorEvent, { pages = 1, eachTwice = false } = {}) => {
    for (let number = 0; ; number++) {
      const status = await call({ ...event, call: number }, afterPages(pages));
      if (eachTwice) expect(await call({ ...event, call: number }, 0)).to.deep.equal(status);
      if (status.done) return { ...status, keys: await listed(status) };
    }
  };
  const failure = (given: Given) =>
    call(eventOf(given)).then(
      () => 'none',
      ({ name, message }) => `${name}: ${message}`,
    );
  return {
    get server() {
      return server;
    },
    keys,
    put,
    text,
    eventOf,
    call,
    listed,
    select,
    inCalls,
    failure,
  };
}
