/** What a call of a selection leaves for the next call, if S3 does not answer as it should. */
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { KeySet } from '../../../runtime/selector/key-set';
import { States } from '../../../runtime/selector/state';
import { failure } from '../../support/failure';
import { type GivenAnswer, s3Answering } from '../support/s3-answering';

describe('the state of a selection', () => {
  const statesIn = (s3: S3Client) => new States(s3, 'bucket', 'run', '2026-11-26T12:00:00Z');
  const states = (answer: GivenAnswer) => statesIn(s3Answering(() => answer));
  const problem = (statusCode: number, code: string) => ({
    statusCode,
    body: Readable.from([Buffer.from(`<Error><Code>${code}</Code></Error>`)]),
  });

  it('does not exist before its call', async () => {
    expect(await states(problem(404, 'NoSuchKey')).read(1)).to.equal(undefined);
  });

  it('is not taken for missing if S3 has a problem, or refuses', async () => {
    for (const [status, code] of [
      [503, 'SlowDown'],
      [403, 'AccessDenied'],
    ] as const)
      expect(await failure(states(problem(status, code)).read(1))).to.include({ name: code });
  });

  it('is missing without the keys that were seen, else they would be selected twice', async () => {
    const keys = states(problem(404, 'NoSuchKey')).readKeys(2, new KeySet());
    expect(await failure(keys)).to.include({ message: 'manifests/run/2.keys does not exist' });
  });

  it('leaves the parts of keys that cannot be written: the selector may not abort an upload', async () => {
    const asked: string[] = [];
    const s3 = s3Answering(({ method }) => {
      asked.push(method);
      if (method === 'PUT') return problem(503, 'SlowDown');
      const body = '<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>';
      return { statusCode: 200, body: Readable.from([Buffer.from(body)]) };
    });
    const keys = new KeySet();
    /** More than a part of 5 MiB. */
    const words = new Uint32Array(4 * 330_000).map((_, index) => index + 1);
    await keys.load(Readable.from([Buffer.from(words.buffer)]));
    expect(await failure(statesIn(s3).writeKeys(2, keys))).to.include({ name: 'SlowDown' });
    expect(asked).to.deep.equal(['POST', 'PUT']);
  });
});
