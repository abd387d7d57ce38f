import { expect } from 'chai';
import { Criteria } from '../../../../runtime/selector/criteria/criteria';
import { parseSelect, type SelectInput } from '../../../../runtime/selector/criteria/select';

const NOW = new Date('2026-11-26T12:00:00Z');
const criteria = (select: SelectInput) => new Criteria(parseSelect(select, NOW));
const keys = Array.from({ length: 20_000 }, (_, index) => `data/${index}.jpg`);
const sampled = (sample: number | string, of = keys) => {
  const one = criteria({ sample });
  return of.filter((key) => !one.refusalByKey({ key }));
};

describe('the criteria of a selection', () => {
  it('name the first one that an object does not meet', () => {
    const one = criteria({ match: '**/*.jpg', exclude: '**/tmp/**' });
    const refusals = ['a.jpg', 'a.png', 'tmp/a.jpg', 'tmp/a.png'].map((key) => one.refusalByKey({ key }));
    expect(refusals).to.deep.equal([undefined, 'match', 'exclude', 'match']);
  });

  const modified = (iso: string) => ({ modified: Date.parse(iso) });
  const details: [SelectInput, object, string | undefined][] = [
    [{ larger_than: '1KB' }, { size: 1000 }, 'larger_than'],
    [{ larger_than: '1KB' }, { size: 1001 }, undefined],
    [{ larger_than: 0 }, { size: 0 }, 'larger_than'],
    [{ smaller_than: 1000 }, { size: 1000 }, 'smaller_than'],
    [{ smaller_than: 1000 }, { size: 999 }, undefined],
    [{ smaller_than: 1 }, { size: 0 }, undefined],
    [{ modified_after: '2026-01-01' }, modified('2026-01-01'), undefined],
    [{ modified_after: '2026-01-01' }, modified('2025-12-31T23:59:59.999Z'), 'modified_after'],
    [{ modified_before: '2026-01-01' }, modified('2026-01-01'), 'modified_before'],
    [{ modified_before: '2026-01-01' }, modified('2025-12-31T23:59:59.999Z'), undefined],
    [{ storage_class: ['STANDARD', 'STANDARD_IA'] }, { storageClass: 'STANDARD_IA' }, undefined],
    [{ storage_class: 'STANDARD' }, { storageClass: 'GLACIER' }, 'storage_class'],
    [{ larger_than: 5, smaller_than: 9 }, { size: 9 }, 'smaller_than'],
  ];
  for (const [select, candidate, refusal] of details) {
    it(`${JSON.stringify(select)} ${refusal ? 'refuses' : 'takes'} ${JSON.stringify(candidate)}`, () => {
      expect(criteria(select).refusalByDetails({ key: 'k', ...candidate })).to.equal(refusal);
    });
  }

  it('say which details they need, so that no request asks for others', () => {
    expect(criteria({ match: '*', sample: 0.5, limit: 5 }).details).to.deep.equal([]);
    expect(criteria({ larger_than: 1, smaller_than: 9, modified_after: '7d' }).details).to.deep.equal([
      'size',
      'modified',
    ]);
  });

  it('sample the given share of keys', () => {
    for (const share of [0.01, 0.1, 0.5]) {
      const found = sampled(share).length / keys.length;
      expect(found).to.be.within(share * 0.8, share * 1.2);
    }
    expect(sampled(1)).to.have.length(keys.length);
  });
  it('sample the same keys every time, in any order, among any others; a larger share contains a smaller one', () => {
    const few = sampled('1%');
    expect(sampled('1%', keys.toReversed())).to.have.members(few);
    expect(sampled('1%', few)).to.deep.equal(few);
    expect(sampled('5%')).to.include.members(few);
    // Only a hash of the key decides, so these keys are the same on every machine and in every version.
    expect(few.slice(0, 3)).to.deep.equal(['data/119.jpg', 'data/183.jpg', 'data/219.jpg']);
  });
});
