/** What a selection chooses of the candidates of a page, without a request. */
import type { S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { Candidate } from '../../../runtime/selector/candidate';
import type { Select } from '../../../runtime/selector/criteria/select';
import { KeySet } from '../../../runtime/selector/key-set';
import { CONCURRENCY, Selection, type SelectionOptions } from '../../../runtime/selector/selection';
import { s3Answering } from '../support/s3-answering';
import { nothingCounted } from '../support/selection-counts';

const candidates = (...keys: string[]): Candidate[] =>
  keys.map((key) => ({ key, size: key.length, etag: key }));

describe('a selection of candidates', () => {
  const of = (select: Select, options: Partial<SelectionOptions> = {}) =>
    new Selection({
      // It gets no request.
      s3: {} as S3Client,
      bucket: 'b',
      select,
      hasDuplicates: false,
      keys: new KeySet(),
      ...options,
    });
  const choose = async (selection: Selection, page: Candidate[], passedOver?: number) =>
    (await selection.choose({ candidates: page, next: {}, passedOver })).map(({ key }) => key);

  it('has counted nothing before its first page', () => {
    expect(of({}).counts).to.deep.equal(nothingCounted());
  });

  it('counts what it sees, the size of what it takes, and the first keys as examples', async () => {
    const selection = of({});
    expect(await choose(selection, [...candidates('a', 'bc'), { key: 'd' }], 2)).to.deep.equal([
      'a',
      'bc',
      'd',
    ]);
    expect(await choose(selection, candidates('e'), 1)).to.deep.equal(['e']);
    expect(selection.counts).to.deep.equal({
      ...nothingCounted(),
      seen: 4,
      selected: 4,
      bytes: 4,
      without_size: 1,
      passed_over: 3,
      examples: ['a', 'bc', 'd'],
    });
  });

  it('goes on with the counts of the call before', async () => {
    const selection = of(
      { exclude: ['x*'] },
      { counts: { ...nothingCounted(), seen: 5, refused: { exclude: 2 } } },
    );
    expect(await choose(selection, candidates('x1', 'a'))).to.deep.equal(['a']);
    expect(selection.counts).to.deep.include({ seen: 7, selected: 1, refused: { exclude: 3 } });
  });

  it('takes a key once if its source may name it twice, with or without criteria on keys', async () => {
    const twice = of({ match: ['a*'] }, { hasDuplicates: true });
    expect(await choose(twice, candidates('a', 'b', 'a', 'b'))).to.deep.equal(['a']);
    expect(await choose(twice, candidates('a'))).to.deep.equal([]);
    expect(twice.counts).to.deep.include({ duplicates: 2, refused: { match: 2 } });
    expect(await choose(of({}), candidates('a', 'a'))).to.deep.equal(['a', 'a']);
  });

  it('is complete at its limit, also within a page, and takes no more', async () => {
    const selection = of({ limit: 3 });
    expect(selection.isComplete).to.equal(false);
    expect(await choose(selection, candidates('a', 'b'))).to.deep.equal(['a', 'b']);
    expect(selection.isComplete).to.equal(false);
    expect(await choose(selection, candidates('c', 'd'))).to.deep.equal(['c']);
    expect(selection.isComplete).to.equal(true);
    expect(await choose(selection, candidates('e'))).to.deep.equal([]);
    expect(selection.counts).to.include({ selected: 3, bytes: 3 });
    expect(of({}).isComplete).to.equal(false);
  });

  it('with changed takes the objects that are not up to date, in order, and looks no further than its limit needs', async () => {
    const looked: string[] = [];
    const isUpToDate = async ({ key }: Candidate) => {
      looked.push(key);
      return key.endsWith('0');
    };
    const selection = of({ changed: true, limit: 5, larger_than: 1 }, { isUpToDate });
    const keys = Array.from({ length: 3 * CONCURRENCY }, (_, index) => String(index));
    expect(await choose(selection, candidates(...keys))).to.deep.equal(['11', '12', '13', '14', '15']);
    expect(looked).to.have.length(CONCURRENCY - 10);
    expect(selection.counts).to.deep.include({ up_to_date: 9, refused: { larger_than: 10 } });
  });

  it('sends a HEAD request if its source does not give all details that it needs', async () => {
    const asked: string[] = [];
    const seen: Candidate[] = [];
    const selection = of(
      { changed: true, larger_than: 1 },
      {
        s3: s3Answering(({ path }) => {
          asked.push(path);
          return { statusCode: 200, headers: { 'content-length': '7', etag: '"now"' } };
        }),
        isUpToDate: async (candidate) => seen.push(candidate) < 0,
      },
    );
    const page = [{ key: 'all', size: 2, etag: 'listed' }, { key: 'size', size: 2 }, { key: 'none' }];
    expect(await choose(selection, page)).to.deep.equal(['all', 'size', 'none']);
    expect(asked).to.deep.equal(['/b/size', '/b/none']);
    expect(seen.map(({ etag }) => etag)).to.deep.equal(['listed', 'now', 'now']);
    expect(selection.counts).to.include({ bytes: 16, without_size: 0 });
    const bySize = of(
      { larger_than: 5 },
      { s3: s3Answering(() => ({ statusCode: 200, headers: { 'content-length': '7' } })) },
    );
    expect(await choose(bySize, page)).to.deep.equal(['none']);
  });
});
