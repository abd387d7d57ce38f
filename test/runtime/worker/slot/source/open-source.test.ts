/** An object is opened, as S3 answers. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { ObjectStore } from '../../../../../runtime/s3/object-store';
import { closeSource, openSource } from '../../../../../runtime/worker/slot/source/open-source';
import { failure } from '../../../../support/failure';
import { type GivenAnswer, s3Answering } from '../../../support/s3-answering';

const open = (answer: GivenAnswer, unlessEtag?: string) =>
  openSource(
    new ObjectStore(
      s3Answering(() => answer),
      'photos',
    ),
    'a.jpg',
    unlessEtag,
  );
const found = (headers: Record<string, string>): GivenAnswer => ({
  statusCode: 200,
  headers: { etag: '"e"', 'content-length': '7', ...headers },
  body: Readable.from([Buffer.from('content')]),
});

describe('an object that is opened', () => {
  it('is described as S3 has stored it', async () => {
    const source = await open(
      found({
        'content-type': 'image/jpeg',
        'content-encoding': 'gzip',
        'last-modified': 'Wed, 25 Nov 2026 10:00:00 GMT',
        'x-amz-meta-a': 'b',
      }),
    );
    if (source === 'unchanged') return expect.fail();
    const { stream, ...object } = source;
    expect(object).to.deep.equal({
      bucket: 'photos',
      key: 'a.jpg',
      etag: 'e',
      size: 7,
      contentType: 'image/jpeg',
      contentEncoding: 'gzip',
      lastModified: new Date('2026-11-25T10:00:00Z'),
      metadata: { a: 'b' },
    });
    expect(await text(stream)).to.equal('content');
  });

  it('has a type and a date, and no encoding, if S3 gives none', async () => {
    const source = await open(found({}));
    expect(source).to.deep.include({ contentType: 'application/octet-stream', lastModified: new Date(0) });
    expect(source).to.not.have.property('contentEncoding');
  });

  it('may be unchanged', async () => {
    expect(await open({ statusCode: 304, body: Readable.from([]) }, 'e')).to.equal('unchanged');
  });

  it('fails by a name that says whether another attempt may help', async () => {
    const error = (code: string) => Buffer.from(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
    for (const [statusCode, code, name] of [
      [404, 'NoSuchKey', 'ObjectNotFound'],
      [403, 'AccessDenied', 'ObjectAccessDenied'],
      [503, 'SlowDown', 'StorageError'],
    ] as const) {
      // The request is made twice: the SDK names the error.
      const store = new ObjectStore(
        s3Answering(() => ({ statusCode, body: Readable.from([error(code)]) })),
        'photos',
      );
      expect(await failure(openSource(store, 'a.jpg'))).to.include({ name });
    }
  });

  it('is closed if nobody reads it, no matter what happens to its connection', async () => {
    const body = new Readable({ read() {} });
    const source = await open({ ...found({}), body });
    if (source === 'unchanged') return expect.fail();
    body.destroy(new Error('reset'));
    closeSource(source);
    expect(body.destroyed).to.equal(true);
    const other = await open(found({}));
    if (other === 'unchanged') return expect.fail();
    closeSource(other);
    expect(other.stream.destroyed).to.equal(true);
  });
});
