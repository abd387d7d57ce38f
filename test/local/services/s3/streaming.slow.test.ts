import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CopyObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { BUCKET as Bucket } from './server';

const MIB = 1024 ** 2;
/** Several times as much memory as a busy machine has not yet collected when the test measures. */
const SIZE = 192 * MIB;

describe('S3 streams', () => {
  it('upload, copy and download an object of 192 MiB, and hold little of it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 's3-test-'));
    const child = fork(join(__dirname, 'child-server.ts'), [folder], {
      execArgv: ['-r', 'ts-node/register'],
    });
    try {
      const [port] = await once(child, 'message');
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      const client = new S3Client({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials });
      const memory = async (): Promise<number> => {
        child.send('memory');
        return (await once(child, 'message'))[0];
      };
      const block = randomBytes(MIB);
      const hash = createHash('sha256');
      const content = Readable.from(
        (function* () {
          for (let sent = 0; sent < SIZE; sent += MIB) {
            hash.update(block);
            yield block;
          }
        })(),
      );
      const before = await memory();
      await client.send(new PutObjectCommand({ Bucket, Key: 'big', Body: content, ContentLength: SIZE }));
      await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/big` }));
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'copy' }));
      const received = createHash('sha256');
      for await (const chunk of Body as Readable) received.update(chunk);
      expect(received.digest('hex')).to.equal(hash.digest('hex'));
      expect((await stat(join(folder, 'copy'))).size).to.equal(SIZE);
      expect((await memory()) - before).to.be.below(SIZE * 0.75);
      client.destroy();
    } finally {
      child.kill();
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    }
  });
});
