/** The failures of the file system that clients retry. */
import { constants } from 'node:os';
import { expect } from 'chai';
import { translateError } from '../../../../../local/services/s3/protocol/errors';

const OUTCOMES: Record<string, string[]> = {
  // SDKs and workers give up at once.
  'AccessDenied 403': [
    'EACCES',
    'EPERM',
    'EROFS',
    'ENOSPC',
    'EDQUOT',
    'EXDEV',
    'ENAMETOOLONG',
    'EISDIR',
    'EFBIG',
    'EIO',
  ],
  // They retry.
  'ServiceUnavailable 503': ['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'ENOMEM', 'ENOENT'],
  'RequestTimeout 400': ['ECONNRESET', 'EPIPE'],
};

describe("S3's error for a failed system call", () => {
  for (const [outcome, codes] of Object.entries(OUTCOMES)) {
    it(`is ${outcome} for ${codes.join(', ')}`, () => {
      for (const code of codes) {
        const message = `${code}: why, open '/bucket/a'`;
        const errno = -constants.errno[code as keyof typeof constants.errno];
        const {
          name,
          statusCode,
          message: said,
        } = translateError(Object.assign(new Error(message), { code, errno })) as Error & {
          statusCode: number;
        };
        expect(`${name} ${statusCode}`, code).to.equal(outcome);
        if (statusCode !== 400) expect(said).to.equal(message);
      }
    });
  }

  it('does not exist for an internal fault', () => {
    const fault = new TypeError('x is not a function');
    expect(translateError(fault)).to.equal(fault);
  });
});
