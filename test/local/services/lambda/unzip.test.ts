import { expect } from 'chai';
import { strToU8, zipSync } from 'fflate';
import { unzip } from '../../../../local/services/lambda/unzip';

describe('an archive of a function', () => {
  const texts = (archive: Uint8Array) =>
    Object.fromEntries([...unzip(archive)].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));

  it('gives its files, compressed, stored and empty ones', () => {
    const large = 'module.exports = {};\n'.repeat(100_000);
    const archive = zipSync({
      'index.js': strToU8(large),
      stored: [strToU8('as it is'), { level: 0 }],
      'lib/ä.json': strToU8('{}'),
      empty: new Uint8Array(),
    });
    expect(texts(archive)).to.deep.equal({
      'index.js': large,
      stored: 'as it is',
      'lib/ä.json': '{}',
      empty: '',
    });
  });

  it('is refused if it is damaged, or not an archive', () => {
    expect(() => unzip(Buffer.from('module.exports = {};'))).to.throw('it is not a zip archive');
    const archive = zipSync({ 'index.js': strToU8('module.exports = {};\n'.repeat(100)) });
    expect(() => unzip(archive.map((byte, index) => (index > 37 && index < 60 ? 255 : byte)))).to.throw();
  });
});
