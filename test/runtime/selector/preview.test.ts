import { expect } from 'chai';
import type { SelectorEvent } from '../../../runtime/contract';
import { previewSelection } from '../../../runtime/selector/preview';
import { failure } from '../../support/failure';

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
      // Nothing is asked of S3.
      { s3: { of: () => ({}), store: () => ({}) } as never, ownBucket: 'b', processors: {}, environment: '' },
      firstKeys,
    );

  it('names the first keys, from as many pages as it takes, and counts all', async () => {
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
});
