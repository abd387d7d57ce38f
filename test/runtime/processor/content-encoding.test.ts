import { expect } from 'chai';
import { isGzip } from '../../../runtime/processor/content-encoding';

describe('A Content-Encoding', () => {
  for (const encoding of ['gzip', 'GZIP', 'x-gzip', 'gzip,aws-chunked', 'aws-chunked, gzip', 'br, gzip'])
    it(`${encoding} is gzip`, () => expect(isGzip(encoding)).to.equal(true));
  for (const encoding of [undefined, '', 'identity', 'br', 'gzip, br', 'aws-chunked', 'gzipped', 'bgzip'])
    it(`${encoding} is not gzip`, () => expect(isGzip(encoding)).to.equal(false));
});
