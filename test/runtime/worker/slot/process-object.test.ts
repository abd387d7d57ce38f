/** One object through a processor, against the local cloud's S3. */
import { Readable } from 'node:stream';
import { mock } from 'node:test';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { ObjectResult, Task } from '../../../../runtime/contract';
import {
  PermanentError,
  type ProcessedObject,
  type Processor,
  type SourceObject,
} from '../../../../runtime/worker/processors/processor';
import { processObject } from '../../../../runtime/worker/slot/process-object';
import { BUCKET, startServer, type TestServer } from '../../../local/s3/server';
import { captureLines } from '../../support/lines';

const upper: Processor = {
  version: '1',
  async process({ body }) {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return { body: Buffer.concat(chunks).toString().toUpperCase(), contentType: 'text/plain' };
  },
};

describe('processing an object', () => {
  const lines = captureLines();
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => {
    mock.timers.reset();
    return server.close();
  });

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
    expect(await process('folder/')).to.include({ status: 'skipped', content: '' });
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

  it('logs what it does, in the words that people filter on', async () => {
    const logged = () => lines.splice(0).map(({ timestamp, level, seconds, ...line }) => line);
    const begun = (key: string) => ({
      message: 'Processing S3 object',
      bucket: BUCKET,
      key,
      execution: 'e',
      attempt: 1,
    });
    await put('a', 'x');
    await put('folder/', '');
    const { processing_time } = await process('a');
    expect(lines.at(-1)?.seconds).to.equal(processing_time);
    expect(logged()).to.deep.equal([
      begun('a'),
      { message: 'S3 object processed successfully', key: 'a', processed_key: 'processed/a' },
    ]);
    await process('a');
    expect(logged()).to.deep.equal([
      begun('a'),
      { message: 'S3 object skipped', key: 'a', reason: 'its output is up to date' },
    ]);
    await process('folder/');
    expect(logged()).to.deep.equal([
      begun('folder/'),
      { message: 'S3 object skipped', key: 'folder/', reason: 'it is a folder marker' },
    ]);
  });

  it('measures its time', async () => {
    await put('a', 'x');
    const start = Date.parse('2026-11-23T10:00:00Z');
    mock.timers.enable({ apis: ['Date'], now: start });
    const slow: Processor = {
      version: '1',
      async process() {
        mock.timers.tick(1_250);
        return { body: 'x' };
      },
    };
    expect(await process('a', slow)).to.include({
      started_at: '2026-11-23T10:00:00.000Z',
      processed_at: '2026-11-23T10:00:01.250Z',
      processing_time: 1.25,
    });
  });

  it('gives the processor the object as S3 has it', async () => {
    const Metadata = { owner: 'me' };
    const { ETag } = await server.client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: 'x', Metadata, ContentType: 'text/plain' }),
    );
    let given: SourceObject | undefined;
    await process('a', {
      version: '1',
      async process(source) {
        given = source;
        return { body: '' };
      },
    });
    const { lastModified, body, ...source } = given as SourceObject;
    expect(source).to.deep.equal({
      bucket: BUCKET,
      key: 'a',
      etag: ETag?.replaceAll('"', ''),
      size: 1,
      contentType: 'text/plain',
      metadata: Metadata,
      attempt: 1,
    });
    const { LastModified } = await server.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'a' }));
    expect(lastModified).to.deep.equal(LastModified);
    // It was not read.
    expect(body.destroyed).to.equal(true);
  });

  it('writes an output as the processor says, or as bytes', async () => {
    await put('a', 'x');
    const head = () => server.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'processed/a' }));
    await process('a', { version: '1', process: async () => ({ body: new Uint8Array([1, 2]) }) });
    expect(await head()).to.include({ ContentType: 'application/octet-stream', ContentLength: 2 });
    const typed = { body: 'x', contentType: 'text/html', contentEncoding: 'br' };
    await process('a', { version: '2', process: async () => typed });
    expect(await head()).to.include({ ContentType: 'text/html', ContentEncoding: 'br' });
  });

  it('previews the start of a text, 256 characters of it, or what the processor says', async () => {
    await put('a', 'x');
    const preview = async (output: ProcessedObject) =>
      (await process('a', { version: '1', process: async () => output }, { force: true })).content;
    expect(await preview({ body: 'short' })).to.equal('short');
    expect(await preview({ body: '🚀'.repeat(300) })).to.equal('🚀'.repeat(256));
    expect(await preview({ body: 'text', preview: 'p'.repeat(300) })).to.equal('p'.repeat(256));
    expect(await preview({ body: Buffer.from('bytes') })).to.equal('');
  });

  it('processes anew what something else has written', async () => {
    await put('a', 'x');
    await put('processed/a', 'by hand');
    expect(await process('a')).to.include({ status: 'success', content: 'X' });
  });

  it('takes an output key of 1,024 bytes, and no more', async () => {
    const longest = 'k'.repeat(1024 - 'processed/'.length);
    expect(await failure(process(longest))).to.include({ name: 'ObjectNotFound' });
    expect(await failure(process(`${longest}k`))).to.include({
      name: 'OutputKeyTooLong',
      message: `processed/${longest}k would be the output's key: 1025 bytes, S3 allows 1024`,
    });
  });

  it('names a key that is no Unicode', async () => {
    expect(await failure(process('half a pair: \ud83d'))).to.include({
      name: 'ObjectNotFound',
      message: 'half a pair: \ud83d is not Unicode, as every key is',
    });
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
