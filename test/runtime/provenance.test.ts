import { expect } from 'chai';
import {
  formatProvenance,
  hashEnvironment,
  hashParameters,
  hashSource,
  type Provenance,
  parseProvenance,
  provenanceEtag,
} from '../../runtime/provenance';

const longest: Provenance = {
  etag: provenanceEtag(`${'0'.repeat(32)}-10000`),
  source: hashSource('b'.repeat(63), 'k'.repeat(1024)),
  processor: 'p'.repeat(40),
  version: 'v'.repeat(64),
  parameters: hashParameters({ a: 1 }),
  environment: hashEnvironment({ A: 'x' }, ['A']),
};

describe('the provenance of an output', () => {
  it('is ASCII of at most 300 bytes, and is read as it was written', () => {
    const text = formatProvenance(longest);
    expect(text).to.match(/^[\x20-\x7e]{1,300}$/);
    expect(parseProvenance({ 'made-from': text, other: 'x' })).to.deep.equal(longest);
    const bare = { ...longest, environment: '' };
    expect(parseProvenance({ 'made-from': formatProvenance(bare) })).to.deep.equal(bare);
  });

  it('has any ETag, in the same length', () => {
    expect(provenanceEtag('abc-2')).to.equal('abc-2');
    for (const etag of ['a; b="c"', 'x'.repeat(1000), ''])
      expect(provenanceEtag(etag)).to.match(/^[0-9a-f]{32}$/);
  });

  it('is read from outputs of the first version', () => {
    expect(parseProvenance({ 'source-etag': 'e', processor: 'a-b@1.0' })).to.deep.equal({
      etag: 'e',
      processor: 'a-b',
      version: '1.0',
    });
  });

  const unknown: Record<string, string>[] = [
    {},
    { 'made-from': 'a cat' },
    { 'made-from': '' },
    { 'made-from': 'etag=e; source=s; processor=p; version=1; parameters=0' },
    { processor: 'a@1' },
    { 'source-etag': 'e' },
    { 'source-etag': 'e', processor: 'copy' },
    { 'source-etag': 'e', processor: '@1' },
  ];
  for (const metadata of unknown) {
    it(`is unknown: ${JSON.stringify(metadata)}`, () =>
      expect(parseProvenance(metadata)).to.equal(undefined));
  }

  it('never changes, else all outputs would be made again', () => {
    expect(hashSource('bucket', 'a/b')).to.equal('57ccf7341e5b6745cb0f1292c3e820db');
    expect(hashParameters({ b: 1, a: ['x'] })).to.equal('9bfce180614e8aaf');
    expect(hashEnvironment({ B: '1' }, ['B', 'A'])).to.equal('fb24b06d5b15c629');
  });

  it('distinguishes sources, parameters and environments, for any order of names', () => {
    expect(hashSource('a', 'b/c')).not.to.equal(hashSource('a', 'b/d'));
    expect(hashParameters({ a: 1, b: { c: 1, d: 2 } })).to.equal(hashParameters({ b: { d: 2, c: 1 }, a: 1 }));
    expect(hashParameters({ a: [1, 2] })).not.to.equal(hashParameters({ a: [2, 1] }));
    expect(hashParameters({ a: '1' })).not.to.equal(hashParameters({ a: 1 }));
    expect(hashEnvironment({ A: '1', B: '2' }, ['A', 'B'])).to.equal(
      hashEnvironment({ A: '1', B: '2' }, ['B', 'A']),
    );
    expect(hashEnvironment({ A: '1', B: '2' }, ['A'])).to.equal(hashEnvironment({ A: '1', B: '3' }, ['A']));
    expect(hashEnvironment({ A: '1' }, ['A'])).not.to.equal(hashEnvironment({ A: '2' }, ['A']));
    expect(hashEnvironment({}, ['A'])).not.to.equal(hashEnvironment({ A: '' }, ['A']));
    expect(hashEnvironment({ A: '1' }, [])).to.equal('');
  });
});
