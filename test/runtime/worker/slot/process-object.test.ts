/** One object through a processor, against the local cloud's S3. */
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { ObjectResult, Task } from '../../../../runtime/contract';
import { PermanentError, type Processor } from '../../../../runtime/worker/processors/processor';
import { processObject } from '../../../../runtime/worker/slot/process-object';
import { BUCKET, startServer, type TestServer } from '../../../local/s3/server';

const upper: Processor = {
  version: '1',
  async process({ body }) {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return { body: Buffer.concat(chunks).toString().toUpperCase(), contentType: 'text/plain' };
  },
};

describe('processing an object', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.close());

  const put = (Key: string, Body: string) =>
    server.client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.from(Body), ContentType: 'text/plain' }),
    );
  const read = async (Key: string) => {
    const { Body } = await server.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return Body?.transformToString();
  };
  const process = (key: string, processor = upper, more: Partial<Task> = {}): Promise<ObjectResult> => {
    const task = {
      bucket: BUCKET,
      objects: [],
      execution: 'e',
      attempt: 1,
      output_prefix: 'processed/',
      force: false,
    };
    const context = { s3: server.client, processorName: 'upper', processor, workerId: 'w' };
    return processObject({ ...task, ...more }, key, context);
  };
  const failure = async (run: Promise<unknown>): Promise<Error> => {
    try {
      await run;
    } catch (error) {
      return error as Error;
    }
    throw new Error('it succeeded');
  };

  it('writes the output with its provenance', async () => {
    const { ETag } = await put('data/a b.txt', 'hello');
    const result = await process('data/a b.txt');
    expect(result).to.include({
      object_key: 'data/a b.txt',
      processed_key: 'processed/data/a b.txt',
      content: 'HELLO',
    });
    expect(result).to.include({ status: 'success', bytes_in: 5, bytes_out: 5, worker_id: 'w', attempt: 1 });
    expect(await read('processed/data/a b.txt')).to.equal('HELLO');
    const head = await server.client.send(
      new HeadObjectCommand({ Bucket: BUCKET, Key: 'processed/data/a b.txt' }),
    );
    expect(head.Metadata).to.deep.equal({ 'source-etag': ETag?.replaceAll('"', ''), processor: 'upper@1' });
    expect(head.ContentType).to.equal('text/plain');
  });

  it('skips it while neither the source nor the version of the processor changes', async () => {
    await put('a', 'one');
    await process('a');
    expect(await process('a')).to.include({ status: 'skipped', bytes_in: 0, content: '' });
    expect(await process('a', upper, { force: true })).to.include({ status: 'success' });
    expect(await process('a', { ...upper, version: '2' })).to.include({ status: 'success' });
    await put('a', 'two');
    expect(await process('a', { ...upper, version: '2' })).to.include({ status: 'success', content: 'TWO' });
  });

  it('skips folder markers, and processes what is no marker although its key ends with a slash', async () => {
    await put('folder/', '');
    await put('object/', 'x');
    expect(await process('folder/')).to.include({ status: 'skipped' });
    expect(await process('object/')).to.include({ status: 'success', content: 'X' });
  });

  it('processes an empty object', async () => {
    await put('empty', '');
    expect(await process('empty')).to.include({ status: 'success', bytes_in: 0, bytes_out: 0 });
    expect(await read('processed/empty')).to.equal('');
  });

  it('streams an output larger than one part', async () => {
    await put('a', 'x');
    const megabyte = Buffer.alloc(2 ** 20, 'm');
    const large: Processor = {
      version: '1',
      process: async () => ({ body: Readable.from(Array.from({ length: 12 }, () => megabyte)) }),
    };
    expect(await process('a', large)).to.include({ bytes_out: 12 * 2 ** 20 });
    expect(await read('processed/a')).to.have.length(12 * 2 ** 20);
  });

  it('names what is gone, too long, permanent or only failed', async () => {
    await put('a', 'x');
    const throwing = (error: unknown): Processor => ({ version: '1', process: () => Promise.reject(error) });
    expect(await failure(process('missing'))).to.include({ name: 'ObjectNotFound' });
    expect(await failure(process('k'.repeat(1020)))).to.include({ name: 'OutputKeyTooLong' });
    expect(await failure(process('a', throwing(new PermanentError('no'))))).to.include({
      name: 'PermanentError',
    });
    const failed = await failure(process('a', throwing(new TypeError('oops'))));
    expect(failed).to.include({ name: 'ProcessorError', message: 'TypeError: oops' });
    expect(await failure(process('a', throwing('words')))).to.include({
      name: 'ProcessorError',
      message: 'words',
    });
  });

  it('leaves no output where the stream that a processor returned fails', async () => {
    await put('a', 'x');
    const failing: Processor = {
      version: '1',
      async process() {
        async function* chunks() {
          yield Buffer.alloc(2 ** 20);
          throw new PermanentError('cannot go on');
        }
        return { body: Readable.from(chunks()) };
      },
    };
    expect(await failure(process('a', failing))).to.include({
      name: 'PermanentError',
      message: 'cannot go on',
    });
    expect(await failure(read('processed/a'))).to.include({ name: 'NoSuchKey' });
  });

  it('says StorageError where the bucket cannot be reached', async () => {
    await put('a', 'x');
    const { client } = server;
    await server.close();
    const error = await failure(process('a'));
    server = await startServer();
    client.destroy();
    expect(error).to.include({ name: 'StorageError' });
  });
});
