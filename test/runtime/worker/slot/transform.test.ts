/** One object when S3 fails or the processor's streams fail: whose fault it is. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Duplex, PassThrough, pipeline, Readable, Transform } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { SourceObject } from '../../../../runtime/processor';
import { failure } from '../../../support/failure';
import { inTime } from '../../../support/until';
import { captureLines } from '../../support/lines';
import { type AnyDefinition, processWith, returning } from '../../support/object-context';

const upper = returning(async (object) => ({ body: (await object.text()).toUpperCase() }));

describe('an object when S3 fails', () => {
  captureLines();
  /** Answers each request by its method. It refuses other requests as S3 does. */
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
  const fails = (
    answers: Parameters<typeof withS3>[0],
    definition: AnyDefinition = upper,
    onSpent = () => {},
  ) =>
    withS3(answers, (s3) =>
      inTime(failure(processWith(s3, 'a', definition, { onSpent })), 'the object fails'),
    );
  const missing = (response: ServerResponse) => response.writeHead(404).end();
  const whole = (response: ServerResponse) => response.writeHead(200, { 'content-length': 1 }).end('x');

  it('says that the output could not be checked', async () => {
    const error = await fails({ HEAD: (response) => response.writeHead(500).end() });
    expect(error).to.include({ name: 'StorageError' });
    expect(error.message).to.match(/^processed\/a could not be checked: /);
    expect(await fails({})).to.include({ name: 'ObjectAccessDenied' });
  });

  const breaksOff = (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('half', () => response.destroy());
  };
  const slow = () => new Transform({ transform: (chunk, _, done) => setImmediate(done, null, chunk) });
  const broken: [string, AnyDefinition][] = [
    ['a reader', upper],
    [
      'an iterator whose error becomes another',
      returning(async ({ body }) => {
        try {
          for await (const _ of body);
        } catch {
          throw new TypeError('made of it');
        }
        return { body: '' };
      }),
    ],
    [
      'a reader that comes later',
      returning(async (object) => {
        await new Promise((broken) => object.body.once('close', broken));
        return { body: await object.text() };
      }),
    ],
    [
      'an iterator whose error is ignored, and nothing settles',
      returning(async ({ body }) => {
        await (async () => {
          for await (const _ of body);
        })().catch(() => {});
        await new Promise(() => {});
        return { body: '' };
      }),
    ],
    [
      'a pipe, which does not pass the error on',
      returning(({ body }) => ({ body: body.pipe(slow()).pipe(createGzip()) })),
    ],
    ['a pipeline', returning(({ body }) => ({ body: pipeline(body, createGzip(), () => {}) }))],
    ['the output itself', returning(({ body }) => ({ body }))],
    ['lines', returning((object) => ({ body: object.lines() }))],
    ['a web stream', returning(({ body }) => ({ body: Readable.toWeb(body) as never }))],
  ];
  for (const [how, definition] of broken) {
    it(`says at once that reading broke off, no matter how the processor handled it: ${how}`, async () => {
      const error = await fails({ HEAD: missing, GET: breaksOff }, definition);
      expect(error).to.include({ name: 'StorageError' });
      expect(error.message).to.match(/^reading a broke off: /);
    });
  }

  it('is spent if the processor goes on after that', async () => {
    let isSpent = false;
    const stuck = returning(async ({ body }) => {
      body.pipe(new PassThrough());
      await new Promise(() => {});
      return { body: '' };
    });
    await fails({ HEAD: missing, GET: breaksOff }, stuck, () => {
      isSpent = true;
    });
    expect(isSpent).to.equal(true);
  });

  it('blames the processor if its own error ends the pipeline', async () => {
    const whole = (response: ServerResponse) =>
      response.writeHead(200, { 'content-length': 10 }).end('no gzip at');
    const returned = returning(({ body }) => ({ body: pipeline(body, createGunzip(), () => {}) }));
    const awaited = returning(async ({ body }) => {
      await piped(body, createGunzip(), new PassThrough().resume());
      return { body: '' };
    });
    const given = returning(({ body }) => {
      body.destroy(new Error('enough'));
      throw new Error('enough');
    });
    for (const [definition, message] of [
      [returned, 'incorrect header check'],
      [awaited, 'incorrect header check'],
      [given, 'enough'],
    ] as const) {
      const error = await fails({ HEAD: missing, GET: whole }, definition);
      expect(error).to.include({ name: 'ProcessorError', message: `Error: ${message}` });
    }
  });

  it('reads no more of a content than the processor does', async () => {
    let close = () => {};
    const start = (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half');
      close = () => response.destroy();
    };
    const head = returning(async ({ body }) => {
      const closed = new Promise((resolve) => body.once('close', resolve));
      body.read(0);
      close();
      await closed;
      return { body: 'done' };
    });
    const puts: string[] = [];
    const put = (response: ServerResponse) => {
      puts.push('put');
      response.writeHead(200).end();
    };
    const result = await withS3({ HEAD: missing, GET: start, PUT: put }, (s3) => processWith(s3, 'a', head));
    expect(result).to.include({ status: 'success', content: 'done' });
    expect(puts).to.have.length(1);
  });

  it('says that the source is archived, and gives the remedy', async () => {
    const archived = (response: ServerResponse) =>
      response
        .writeHead(403, { 'content-type': 'application/xml' })
        .end(
          '<Error><Code>InvalidObjectState</Code><Message>no</Message><StorageClass>GLACIER</StorageClass></Error>',
        );
    expect(await fails({ HEAD: missing, GET: archived })).to.include({
      name: 'ObjectArchived',
      message: 'a is archived (GLACIER): restore it first (aws s3api restore-object), then run again',
    });
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

  it('blames the processor for an output that S3 refuses as such', async () => {
    const refuse = (response: ServerResponse) =>
      response
        .writeHead(400, { 'content-type': 'application/xml' })
        .end('<Error><Code>EntityTooLarge</Code><Message>too large</Message></Error>');
    const error = await fails({ HEAD: missing, GET: whole, PUT: refuse });
    expect(error).to.include({
      name: 'ProcessorError',
      message: 'processed/a could not be written: EntityTooLarge: too large',
    });
  });

  it('blames S3 if a stream was read to its end, no matter what happens to its writable side', async () => {
    const duplex = returning(() => {
      const body = new Duplex({
        read() {
          this.push('x');
          this.push(null);
        },
      });
      return { body: body.on('end', () => body.destroy()) };
    });
    const bad = (response: ServerResponse) => response.writeHead(500).end();
    expect(await fails({ HEAD: missing, GET: whole, PUT: bad }, duplex)).to.include({ name: 'StorageError' });
  });

  it('writes an output without a type as text or bytes, in one piece or in parts', async () => {
    // The SDK repeats a request that was refused.
    const types = new Map<string, unknown>();
    let name = '';
    const refuse = (response: ServerResponse) => {
      types.set(name, response.req.headers['content-type']);
      response.writeHead(403).end();
    };
    const large = () => Readable.from([Buffer.alloc(6 * 2 ** 20)]);
    for (const [kind, body] of Object.entries({ text: 'x', bytes: Buffer.from('x'), parts: large() })) {
      name = kind;
      await fails(
        { HEAD: missing, GET: whole, PUT: refuse, POST: refuse },
        returning(() => ({ body })),
      );
    }
    expect(Object.fromEntries(types)).to.deep.equal({
      text: 'text/plain; charset=utf-8',
      bytes: 'application/octet-stream',
      parts: 'application/octet-stream',
    });
  });

  it('takes a source without a type or a date as it is', async () => {
    let given: SourceObject | undefined;
    await fails(
      { HEAD: missing, GET: whole },
      returning((source) => {
        given = source;
        return { body: '' };
      }),
    );
    expect(given).to.deep.include({
      etag: '',
      contentType: 'application/octet-stream',
      lastModified: new Date(0),
      metadata: {},
    });
  });
});
