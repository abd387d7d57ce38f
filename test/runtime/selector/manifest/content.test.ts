/** The content of a manifest, as S3 answers: in pieces of any length, not at all, or not to its end. */
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Page } from '../../../../runtime/selector/candidate';
import { readManifest } from '../../../../runtime/selector/manifest';
import { openContent } from '../../../../runtime/selector/manifest/content';
import { failure } from '../../../support/failure';
import { s3Answering } from '../../support/s3-answering';

/** An S3 with these answers. */
const s3Of = (statusCode: number, body: () => Iterable<Buffer> | AsyncIterable<Buffer>) =>
  s3Answering(() => ({ statusCode, headers: { etag: '"e"' }, body: Readable.from(body()) }));
const source = { bucket: 'b', key: 'm', objectsBucket: 'b' };
const firstOf = async (body: () => Iterable<Buffer> | AsyncIterable<Buffer>) => {
  const pages = readManifest(s3Of(200, body), source);
  const { value } = await pages.next();
  await pages.return(undefined);
  return (value as Page<unknown> | undefined)?.candidates.map(({ key }) => key);
};

describe('the content of a manifest', () => {
  const refusals: [number, string][] = [
    [403, 'InvalidManifest: The selector may not read m in the bucket b'],
    [404, 'InvalidManifest: The bucket b has no object m'],
    [412, 'InvalidManifest: m was replaced while it was read: start again'],
  ];
  for (const [status, message] of refusals) {
    it(`is refused permanently if S3 answers ${status}`, async () => {
      const { name, message: said } = await failure(
        openContent(
          s3Of(status, () => []),
          'b',
          'm',
        ),
      );
      expect(`${name}: ${said}`).to.equal(message);
    });
  }

  it('is requested again by the caller if S3 has another problem', async () => {
    const error = await failure(
      openContent(
        s3Of(503, () => [Buffer.from('<Error><Code>SlowDown</Code></Error>')]),
        'b',
        'm',
      ),
    );
    expect(error).to.include({ name: 'SlowDown' });
  });

  it('shows its format, no matter how it is cut', async () => {
    for (const content of [Buffer.from('{"Key":"a"}\n'), gzipSync('{"Key":"a"}\n')])
      expect(await firstOf(() => [...content].map((byte) => Buffer.from([byte])))).to.deep.equal(['a']);
  });

  it('shows its format by its start, also if it does not end, and is closed if nobody reads the rest', async () => {
    // A chunk is smaller than the start that shows the format, or larger.
    for (const lines of [1_000, 20_000]) {
      let open = 0;
      const endless = function* () {
        open += 1;
        try {
          for (;;) yield Buffer.from('key\n'.repeat(lines));
        } finally {
          open -= 1;
        }
      };
      expect((await firstOf(endless))?.[0]).to.equal('key');
      await setImmediate();
      expect(open).to.equal(0);
    }
  });

  it('that breaks off while it is unpacked is not damaged', async () => {
    const packed = gzipSync('a\n');
    const breaking = async function* () {
      yield packed.subarray(0, 15);
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    };
    const { chunks } = await openContent(s3Of(200, breaking), 'b', 'm');
    const reading = Readable.from(chunks).toArray();
    expect(await failure(reading)).to.include({ message: 'aborted' });
    const { chunks: nameless } = await openContent(
      s3Of(200, async function* () {
        yield packed.subarray(0, 15);
        throw new Error('closed');
      }),
      'b',
      'm',
    );
    expect(await failure(Readable.from(nameless).toArray())).to.include({ message: 'closed' });
  });
});
