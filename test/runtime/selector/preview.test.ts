import { expect } from 'chai';
import type { SelectorEvent } from '../../../runtime/contract';
import { previewSelection } from '../../../runtime/selector/preview';
import { failure } from '../../support/failure';
import { s3Answering } from '../support/s3-answering';
import { s3Of } from '../support/s3-of';

describe('the preview of a selection', () => {
  const keys = Array.from({ length: 2500 }, (_, index) => `k${index}`);
  const event = {
    started_at: '2026-11-26T12:00:00Z',
    bucket: 'b',
    output_bucket: 'b',
    processor: 'copy',
    parameters: {},
    output_prefix: 'processed/',
    force: false,
    objects: keys.map((Key) => ({ Key })),
  };
  const preview = (select: SelectorEvent['select'], firstKeys: number) =>
    previewSelection(
      { ...event, select },
      // It sends no request to S3.
      { s3: { of: () => ({}), store: () => ({}) } as never, ownBucket: 'b', processors: {}, environment: '' },
      firstKeys,
    );

  it('names the first keys, from as many pages as it needs, and counts all', async () => {
    const { first, counts, message } = await preview({ match: '*99' }, 12);
    expect(first).to.deep.equal(keys.filter((key) => key.endsWith('99')).slice(0, 12));
    expect(counts).to.deep.include({ seen: 2500, selected: 25 });
    expect(message).to.equal('25 of 2,500 objects selected; 2,475 do not match.');
  });

  it('reads no further than the limit', async () => {
    const { first, counts } = await preview({ limit: 2 }, 10);
    expect(first).to.deep.equal(['k0', 'k1']);
    expect(counts).to.include({ seen: 1000, selected: 2 });
  });

  it('is refused as a selection would be', async () => {
    expect(await failure(preview({ limit: 0 }, 10))).to.include({ name: 'InvalidSelection' });
  });

  describe('of a prefix', () => {
    const KEYS = ['data/a', 'data/sub/b', 'manifests/c', 'processed/d', 'results/e'];
    let listed: unknown[];
    const keysOf = async (given: Partial<SelectorEvent>, ownBucket = 'b') => {
      listed = [];
      const s3 = s3Answering(({ query }) => {
        listed.push(query.prefix);
        const keys = KEYS.filter((key) => key.startsWith(String(query.prefix)));
        const xml = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
        return { statusCode: 200, body: Buffer.from(`<ListBucketResult>${xml}</ListBucketResult>`) };
      });
      const { objects: _, ...other } = event;
      const context = { s3: s3Of(s3), ownBucket, processors: {}, environment: '' };
      return (await previewSelection({ ...other, select: {}, ...given }, context, 10)).first;
    };

    it('leaves out the objects that this system writes, in its own bucket or in that of the outputs', async () => {
      const of = (ownBucket: string, output_bucket?: string) =>
        keysOf({ prefix: '', output_bucket }, ownBucket);
      const data = KEYS.slice(0, 2);
      expect(await of('b', 'b')).to.deep.equal(data);
      expect(await of('b', 'outputs')).to.deep.equal(data);
      expect(await of('own', 'b')).to.deep.equal([...data, 'manifests/c', 'results/e']);
      expect(await of('own', undefined)).to.deep.equal([...data, 'manifests/c', 'results/e']);
      expect(await of('own', 'outputs')).to.deep.equal(KEYS);
    });

    it('looks at the start of the glob, if that is below the prefix', async () => {
      const cases: [Partial<SelectorEvent>, string, string[]][] = [
        [{ prefix: 'data/', select: { match: 'data/sub/*' } }, 'data/sub', ['data/sub/b']],
        [{ prefix: 'data/sub/', select: { match: 'data/**' } }, 'data/sub/', ['data/sub/b']],
        [{ prefix: 'sub', select: { match: 'data/sub/*' } }, 'sub', []],
        [{ prefix: 'data/' }, 'data/', ['data/a', 'data/sub/b']],
        [{ prefix: '' }, '', ['data/a', 'data/sub/b']],
      ];
      for (const [given, prefix, keys] of cases) {
        expect(await keysOf(given)).to.deep.equal(keys);
        expect(listed[0]).to.equal(prefix);
      }
    });
  });
});
