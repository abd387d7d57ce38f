/** Whether a slot would skip an object: by outputs in the local cloud's S3. changed.slow.test.ts compares it with a slot's own answers. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { formatProvenance, hashParameters, hashSource, PROVENANCE_ENTRY } from '../../../runtime/provenance';
import { ObjectStore } from '../../../runtime/s3/object-store';
import { type UpToDateOptions, upToDateTest } from '../../../runtime/selector/up-to-date';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';

const ETAG = '8cbad96aced40b3838dd9f07f6ef5772';

describe('whether an object is up to date', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
    await made('out/a.x', {});
    await made('out/a.y', {});
    await made('out/half.x', { source: hashSource('photos', 'half') });
    await made('out/old.x', { source: hashSource('photos', 'old'), version: '0' });
    await made('out/other.x', {});
    await made('out/index.outputs.json', { source: hashSource('photos', 'index') });
  });
  after(() => server.close());

  const made = (Key: string, more: object) => {
    const provenance = formatProvenance({
      etag: ETAG,
      source: hashSource('photos', 'a'),
      processor: 'thumbnail',
      version: '1',
      parameters: hashParameters({ width: 256 }),
      environment: 'env',
      ...more,
    });
    const Metadata = { [PROVENANCE_ENTRY]: provenance };
    return server.client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key, Metadata, Body: Buffer.from('x') }),
    );
  };
  const of = (outputs: readonly string[] | 'dynamic', more: Partial<UpToDateOptions> = {}) =>
    upToDateTest({
      outputs: new ObjectStore(server.client, BUCKET),
      bucket: 'photos',
      processors: {
        thumbnail: { version: '1', outputs, parameters: { properties: { width: { default: 256 } } } },
        broken: { error: 'no such file' },
      },
      processor: 'thumbnail',
      parameters: {},
      environment: 'env',
      outputPrefix: 'out/',
      ...more,
    });

  const cases: [string, readonly string[] | 'dynamic', { key: string; etag?: string }, boolean, object?][] = [
    ['all outputs were made of it', ['.x', '.y'], { key: 'a', etag: ETAG }, true],
    ['its content has changed', ['.x', '.y'], { key: 'a', etag: '0' }, false],
    ['its ETag is unknown', ['.x'], { key: 'a' }, false],
    ['an output is missing', ['.x', '.y'], { key: 'half', etag: ETAG }, false],
    ['an output is of another version', ['.x'], { key: 'old', etag: ETAG }, false],
    ['an output is of another object', ['.x'], { key: 'other', etag: ETAG }, false],
    ['its index exists', 'dynamic', { key: 'index', etag: ETAG }, true],
    ['its index is missing', 'dynamic', { key: 'a', etag: ETAG }, false],
    ['it has no outputs', [], { key: 'a', etag: ETAG }, false],
    ['nothing was made', ['.x'], { key: 'new', etag: ETAG }, false],
    ['the parameters are the same', ['.x'], { key: 'a', etag: ETAG }, true, { parameters: { width: 256 } }],
    ['the parameters have changed', ['.x'], { key: 'a', etag: ETAG }, false, { parameters: { width: 1 } }],
    ['the environment has changed', ['.x'], { key: 'a', etag: ETAG }, false, { environment: '' }],
    ['the outputs go elsewhere', ['.x'], { key: 'a', etag: ETAG }, false, { outputPrefix: 'elsewhere/' }],
    ['it is of another bucket', ['.x'], { key: 'a', etag: ETAG }, false, { bucket: 'videos' }],
  ];
  for (const [where, outputs, candidate, expected, more] of cases) {
    it(`is ${expected} if ${where}`, async () => {
      expect(await of(outputs, more)(candidate)).to.equal(expected);
    });
  }

  it('is not asked of a processor that does not exist, or does not load', () => {
    const messages: [string, string][] = [
      ['none', 'The processor none does not exist'],
      ['constructor', 'The processor constructor does not exist'],
      ['broken', 'The processor broken does not load: no such file'],
    ];
    for (const [processor, message] of messages)
      expect(() => of([''], { processor }))
        .to.throw(message)
        .with.property('name', 'InvalidSelection');
  });
});
