/** What a slot does to S3: parts of an upload, with the local cloud's S3; and what goes wrong, with one that fails. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Duplex, Readable } from 'node:stream';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { Processor, SourceObject } from '../../../../runtime/worker/processors/processor';
import { processObject } from '../../../../runtime/worker/slot/process-object';
import { writeOutput } from '../../../../runtime/worker/slot/storage';
import { BUCKET, startServer } from '../../../local/s3/server';
import { failure } from '../../../support/failure';
import { captureLines } from '../../support/lines';
import { taskOf } from '../../support/task-cloud';

const upper: Processor = {
  version: '1',
  async process({ body }) {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return { body: Buffer.concat(chunks).toString().toUpperCase(), contentType: 'text/plain' };
  },
};

describe('an output', () => {
  it('is uploaded in parts of the size that the source asks for', async () => {
    const server = await startServer();
    const Key = 'processed/a';
    const twelve = 12 * 2 ** 20;
    const upload = async (sourceSize: number) => {
      const output = { body: Readable.from([Buffer.alloc(twelve)]) };
      const provenance = { 'source-etag': 'e', processor: 'p@1' };
      const written = await writeOutput(
        server.client,
        { bucket: BUCKET, key: Key, sourceSize },
        output,
        provenance,
      );
      expect(written).to.equal(twelve);
      const { ETag } = await server.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key }));
      return ETag;
    };
    expect(await upload(0)).to.match(/-3"$/);
    expect(await upload(2_500 * 6 * 2 ** 20)).to.match(/-2"$/);
    await server.close();
  });
});

describe('an object where S3 fails', () => {
  captureLines();
  /** Answers each request by its method; what it does not answer is refused as S3 refuses it. */
  const withS3 = async <Result>(
    answers: Record<string, (response: ServerResponse) => unknown>,
    run: (s3: S3Client) => Promise<Result>,
  ): Promise<Result> => {
    const refuse = (response: ServerResponse) => response.writeHead(403).end();
    const bad = createServer(({ method = '' }, response) => (answers[method] ?? refuse)(response));
    await new Promise<void>((resolve) => bad.listen(0, '127.0.0.1', resolve));
    const { port } = bad.address() as AddressInfo;
    const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
    const endpoint = `http://127.0.0.1:${port}`;
    const s3 = new S3Client({
      endpoint,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
      forcePathStyle: true,
    });
    try {
      return await run(s3);
    } finally {
      s3.destroy();
      bad.closeAllConnections();
      bad.close();
    }
  };
  const task = taskOf('a');
  const fails = (answers: Parameters<typeof withS3>[0], processor = upper) =>
    withS3(answers, (s3) =>
      failure(processObject(task, 'a', { s3, processorName: 'upper', processor, workerId: 'w' })),
    );
  const missing = (response: ServerResponse) => response.writeHead(404).end();
  const whole = (response: ServerResponse) => response.writeHead(200, { 'content-length': 1 }).end('x');

  it('says that the output could not be looked at', async () => {
    const error = await fails({ HEAD: (response) => response.writeHead(500).end() });
    expect(error).to.include({ name: 'StorageError' });
    expect(error.message).to.match(/^processed\/a could not be looked at: /);
    expect(await fails({})).to.include({ name: 'ObjectAccessDenied' });
  });

  it('says that reading broke off, whatever the processor made of it', async () => {
    const breaksOff = (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half', () => response.destroy());
    };
    const error = await fails({ HEAD: missing, GET: breaksOff });
    expect(error).to.include({ name: 'StorageError' });
    expect(error.message).to.match(/^reading a broke off: /);
  });

  it('says that the output could not be written, with the right to do so or without', async () => {
    const denied = await fails({ HEAD: missing, GET: whole });
    expect(denied).to.include({ name: 'ObjectAccessDenied' });
    expect(denied.message).to.match(/^processed\/a could not be written: /);
    const broken = await fails({
      HEAD: missing,
      GET: whole,
      PUT: (response) => response.writeHead(500).end(),
    });
    expect(broken).to.include({ name: 'StorageError' });
  });

  it('blames S3 where a stream was read to its end, whatever becomes of its writable side', async () => {
    const processor: Processor = {
      version: '1',
      async process() {
        const body = new Duplex({
          read() {
            this.push('x');
            this.push(null);
          },
        });
        return { body: body.on('end', () => body.destroy()) };
      },
    };
    const broken = (response: ServerResponse) => response.writeHead(500).end();
    expect(await fails({ HEAD: missing, GET: whole, PUT: broken }, processor)).to.include({
      name: 'StorageError',
    });
  });

  it('writes an output without a type as bytes, in one piece or in parts', async () => {
    const types: unknown[] = [];
    const refuse = (response: ServerResponse) => {
      types.push(response.req.headers['content-type']);
      response.writeHead(403).end();
    };
    const large = Readable.from([Buffer.alloc(6 * 2 ** 20)]);
    for (const body of ['x', large]) {
      const destination = { bucket: BUCKET, key: 'a', sourceSize: 1 };
      const provenance = { 'source-etag': 'e', processor: 'p@1' };
      await withS3({ PUT: refuse, POST: refuse }, (s3) =>
        failure(writeOutput(s3, destination, { body }, provenance)),
      );
    }
    expect(types).to.deep.equal(['application/octet-stream', 'application/octet-stream']);
  });

  it('takes a source without a type or a date as it is', async () => {
    let given: SourceObject | undefined;
    const processor: Processor = {
      version: '1',
      async process(source) {
        given = source;
        return { body: '' };
      },
    };
    await fails({ HEAD: missing, GET: whole }, processor);
    expect(given).to.deep.include({
      etag: '',
      contentType: 'application/octet-stream',
      lastModified: new Date(0),
      metadata: {},
    });
  });
});
