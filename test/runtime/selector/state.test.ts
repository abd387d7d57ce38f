/** What a call of a selection leaves for the next, where S3 does not answer as it should. */
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { KeySet } from '../../../runtime/selector/key-set';
import { States } from '../../../runtime/selector/state';
import { failure } from '../../support/failure';
import { type GivenAnswer, s3Answering } from '../support/s3-answering';

describe('the state of a selection', () => {
  const states = (answer: GivenAnswer) =>
    new States(
      s3Answering(() => answer),
      'bucket',
      'run',
      '2026-11-26T12:00:00Z',
    );
  const problem = (statusCode: number, code: string) => ({
    statusCode,
    body: Readable.from([Buffer.from(`<Error><Code>${code}</Code></Error>`)]),
  });

  it('is not there before its call', async () => {
    expect(await states(problem(404, 'NoSuchKey')).read(1)).to.equal(undefined);
  });

  it('is not taken for missing where S3 has a problem, or refuses', async () => {
    for (const [status, code] of [
      [503, 'SlowDown'],
      [403, 'AccessDenied'],
    ] as const)
      expect(await failure(states(problem(status, code)).read(1))).to.include({ name: code });
  });

  it('is not there without the keys that were seen, else they would be selected twice', async () => {
    const keys = states(problem(404, 'NoSuchKey')).readKeys(2, new KeySet());
    expect(await failure(keys)).to.include({ message: 'manifests/run/2.keys is not there' });
  });
});
