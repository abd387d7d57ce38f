/** The search for outputs that have lost their source, by real requests to buckets of objects and a bucket of outputs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { BatchProcessor } from '../../../client';
import { formatProvenance, hashSource, PROVENANCE_ENTRY } from '../../../runtime/provenance';
import { S3Clients } from '../../../runtime/s3/clients';
import { Progress } from '../../../scripts/cli/progress';
import { UsageError } from '../../../scripts/cli/usage-error';
import { findOrphans } from '../../../scripts/prune/orphans';
import { isMadeFrom } from '../../../scripts/prune/source-bucket';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';
import { failure } from '../../support/failure';

describe('outputs whose source is gone', () => {
  let folder: string;
  let server: TestServer;
  let batch: BatchProcessor;
  const { signal } = new AbortController();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prune-'));
    const names = [BUCKET, 'archive', 'made', 'shut'];
    const buckets = Object.fromEntries(
      names.map((name) => [name, { folder: join(folder, name), owner: '111122223333' }]),
    );
    server = await startServer({ buckets });
    const deployment = { outputBucketName: 'made', outputPrefix: 'processed/' };
    batch = { s3Of: () => server.client, deployment } as unknown as BatchProcessor;
    await put(BUCKET, 'data/here');
    await put('archive', 'in/here');
    await put('made', 'processed/first');
    await made('processed/data/here', BUCKET, 'data/here');
    await made('processed/gzip/data/gone.gz', BUCKET, 'data/gone');
    await made('processed/archive/in/here', 'archive', 'in/here');
    await made('processed/x/archive/in/gone.0001.txt', 'archive', 'in/gone');
    await made('processed/removed/in/a', 'removed', 'in/a');
    await made('processed/moved', BUCKET, 'data/gone');
    await made('processed/again/processed/data/here', 'made', 'processed/data/here');
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  async function put(Bucket: string, Key: string, Metadata?: Record<string, string>): Promise<void> {
    await server.client.send(new PutObjectCommand({ Bucket, Key, Body: Key, Metadata }));
  }
  const made = (key: string, bucket: string, source: string) =>
    put('made', key, {
      [PROVENANCE_ENTRY]: formatProvenance({
        etag: 'e',
        source: hashSource(bucket, source),
        processor: 'gzip',
        version: '1',
        parameters: 'p',
        environment: '',
      }),
    });
  const find = (...buckets: string[]) => findOrphans(batch, buckets, new Progress(), signal);

  it('are those of the buckets that were listed', async () => {
    expect(await find(BUCKET, 'archive')).to.deep.equal({
      orphans: ['processed/gzip/data/gone.gz', 'processed/x/archive/in/gone.0001.txt'],
      outputs: 4,
      elsewhere: 3,
    });
    expect((await find('archive')).orphans).to.deep.equal(['processed/x/archive/in/gone.0001.txt']);
  });

  it('are not those that were made from other outputs', async () => {
    const { orphans } = await find('made');
    expect(orphans).to.deep.equal([]);
  });

  it('are unknown if a bucket may not be listed', async () => {
    // The bucket belongs to an account other than the request expects.
    const clients = new S3Clients(
      {
        endpoint: server.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      },
      { shut: { owner: '000000000000' } },
    );
    const error = await failure(
      findOrphans(
        { ...batch, s3Of: (bucket) => clients.of(bucket) } as BatchProcessor,
        ['shut'],
        new Progress(),
        signal,
      ),
    );
    clients.destroy();
    expect(error).to.be.instanceOf(UsageError);
    expect(error.message).to.match(/^You may not list the bucket shut, .*--bucket NAME\.$/);
  });
});

describe('the bucket of a source', () => {
  const hash = hashSource('archive', 'in/a b.txt');

  it('shows in the key of the output, with any prefix and suffix', () => {
    for (const key of [
      'processed/archive/in/a b.txt',
      'processed/x/archive/in/a b.txt.256.webp',
      'p/in/a b.txt',
    ])
      expect(isMadeFrom('archive', key, hash), key).to.equal(true);
  });

  it('does not show if another processor made the output, or the key differs', () => {
    expect(isMadeFrom('partner', 'processed/in/a b.txt', hash)).to.equal(false);
    for (const key of ['processed/in/a b', 'processed/xin/a b.txt', 'in/a b.txt', 'processed'])
      expect(isMadeFrom('archive', key, hash), key).to.equal(false);
  });
});
