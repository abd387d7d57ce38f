/** One object through a processor, against the local cloud's S3. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { PassThrough, Readable } from 'node:stream';
import { mock } from 'node:test';
import { createGzip, gunzipSync } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { PermanentError, type SourceObject, z } from '../../../../runtime/processor';
import { MAX_DEATHS } from '../../../../runtime/slot-limits';
import { scopes } from '../../../../runtime/worker/slot/scope';
import { BUCKET, startServer, type TestServer } from '../../../local/services/s3/server';
import { failure } from '../../../support/failure';
import { captureLines } from '../../support/lines';
import {
  type AnyDefinition,
  type ProcessOptions,
  processWith,
  returning,
} from '../../support/object-context';

const upper = returning(async (object) => ({ body: (await object.text()).toUpperCase() }));
const TEXT = 'text/plain; charset=utf-8';

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

  const put = (Key: string, Body: string | Buffer, more: Partial<PutObjectCommandInput> = {}) =>
    server.client.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key,
        Body: Buffer.from(Body),
        ContentType: 'text/plain',
        ...more,
      }),
    );
  const get = (Key: string): Promise<GetObjectCommandOutput> =>
    server.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  const read = async (Key: string) => (await get(Key)).Body?.transformToString();
  const head = (Key: string) => server.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key }));
  const process = (key: string, definition: AnyDefinition = upper, options: ProcessOptions = {}) =>
    processWith(server.client, key, definition, { bucket: BUCKET, ...options });
  /** Names of the requests to S3 that a function makes. */
  const requests = async (run: () => Promise<unknown>) => {
    server.needed.length = 0;
    await run();
    return server.needed.map(([needed = '']) => needed.split(' ')[0]?.replace('s3:', ''));
  };

  it('writes the output with its provenance, one short entry of ASCII', async () => {
    const { ETag } = await put('data/a b.txt', 'hello');
    const result = await process('data/a b.txt');
    expect(result).to.deep.include({
      object_key: 'data/a b.txt',
      processed_key: 'processed/data/a b.txt',
      content: 'HELLO',
      status: 'success',
      bytes_in: 5,
      bytes_out: 5,
      worker_id: 'worker',
      attempt: 1,
    });
    expect(result).not.to.have.any.keys('outputs', 'made_again');
    expect(await read('processed/data/a b.txt')).to.equal('HELLO');
    const { Metadata = {}, ContentType } = await head('processed/data/a b.txt');
    expect(Object.keys(Metadata)).to.deep.equal(['made-from']);
    expect(Metadata['made-from']).to.match(
      /^etag=[0-9a-f]{32}; source=[0-9a-f]{32}; processor=upper; version=1; parameters=[0-9a-f]{16}; environment=$/,
    );
    expect(Metadata['made-from']).to.include(ETag?.replaceAll('"', ''));
    expect(ContentType).to.equal(TEXT);
  });

  describe('that was processed before', () => {
    const quality = (version = '1'): AnyDefinition => ({
      ...upper,
      version,
      parameters: z.object({
        quality: z.coerce.number().default(80),
        tags: z.record(z.string(), z.string()).default({}),
      }),
    });
    beforeEach(() => put('a', 'one'));

    it('is skipped while nothing changes', async () => {
      await process('a');
      const onSetUp = () => expect.fail('it takes long, and is not needed');
      const skipped = await process('a', upper, { onSetUp });
      expect(skipped).to.include({ status: 'skipped', bytes_in: 0, content: '' });
    });

    it('is processed again if its result is lost: its slot ended while it wrote', async () => {
      await process('a');
      expect(await process('a', undefined, { isRepeated: true })).to.include({
        status: 'success',
        bytes_in: 3,
      });
    });

    const unchanged: [string, ProcessOptions, ProcessOptions][] = [
      ['a default is given', {}, { parameters: { quality: 80 } }],
      [
        'keys are in another order',
        { parameters: { tags: { a: '1', b: '2' } } },
        { parameters: { tags: { b: '2', a: '1' } } },
      ],
      [
        'variables are in another order',
        { environment: { A: '1', B: '2' } },
        { environment: { B: '2', A: '1' } },
      ],
    ];
    for (const [what, before, after] of unchanged) {
      it(`is skipped if ${what}`, async () => {
        await process('a', quality(), before);
        expect(await process('a', quality(), after)).to.include({ status: 'skipped' });
      });
    }

    const changed: [string, string, () => Promise<unknown>, AnyDefinition, ProcessOptions][] = [
      ['its content', 'source', () => put('a', 'two'), quality(), {}],
      ['the version', 'version', async () => {}, quality('2'), {}],
      ['a parameter', 'parameters', async () => {}, quality(), { parameters: { quality: 75 } }],
      ['the environment', 'environment', async () => {}, quality(), { environment: { MODEL: 'x' } }],
      [
        'all of it, the content first',
        'source',
        () => put('a', 'two'),
        quality('2'),
        { parameters: { quality: 1 } },
      ],
    ];
    for (const [what, made_again, change, definition, options] of changed) {
      it(`is made again, and says what has changed first: ${what}`, async () => {
        await process('a', quality());
        await change();
        expect(await process('a', definition, options)).to.include({ status: 'success', made_again });
        expect(await process('a', definition, options)).to.include({ status: 'skipped' });
      });
    }

    it('is made again by force, without a request for existing outputs', async () => {
      await process('a');
      expect(await requests(() => process('a', upper, { force: true }))).to.deep.equal([
        'GetObject',
        'PutObject',
      ]);
    });

    it('costs one request for each output and the read, whether it is up to date or not', async () => {
      const two = returning(
        () => [
          { suffix: '.a', body: '' },
          { suffix: '.b', body: '' },
        ],
        { outputs: ['.a', '.b'] },
      );
      const looks = ['GetObject', 'GetObject', 'GetObject'];
      expect(await requests(() => process('a', two))).to.deep.equal([...looks, 'PutObject', 'PutObject']);
      expect(await requests(() => process('a', two))).to.deep.equal(looks);
    });

    it('is processed each time by a processor without outputs, without a request for existing outputs', async () => {
      const none = returning(() => undefined, { outputs: [] });
      for (const _ of [1, 2]) {
        expect(await requests(() => process('a', none))).to.deep.equal(['GetObject']);
      }
      expect(await process('a', none)).to.include({ status: 'success', processed_key: '', bytes_out: 0 });
    });

    describe('by the first version', () => {
      const written = (processor: string) =>
        head('a').then(({ ETag = '' }) =>
          put('processed/a', 'OLD', { Metadata: { 'source-etag': ETag.replaceAll('"', ''), processor } }),
        );
      const old: [string, string, AnyDefinition, ProcessOptions, object][] = [
        ['the same explicit version', 'upper@1', upper, {}, { status: 'skipped' }],
        ['another version', 'upper@0', upper, {}, { status: 'success', made_again: 'version' }],
        [
          'no explicit version',
          'upper@1',
          { process: upper.process },
          {},
          { status: 'success', made_again: 'version' },
        ],
        ['parameters', 'upper@1', quality(), {}, { status: 'success', made_again: 'parameters' }],
        [
          'an environment',
          'upper@1',
          upper,
          { environment: { A: '1' } },
          { status: 'success', made_again: 'environment' },
        ],
      ];
      for (const [what, processor, definition, options, expected] of old) {
        it(`is recognized: ${what}`, async () => {
          await written(processor);
          expect(await process('a', definition, options)).to.deep.include(expected);
        });
      }

      it('is made again if the source has changed', async () => {
        await written('upper@1');
        await put('a', 'two');
        expect(await process('a')).to.include({ status: 'success', made_again: 'source', content: 'TWO' });
      });

      it('is foreign if another processor made it', async () => {
        await written('gzip@1');
        expect(await failure(process('a'))).to.include({
          name: 'ForeignOutput',
          message:
            'processed/a was written by the processor gzip, so it is not overwritten: give another output_prefix, or force to overwrite it',
        });
      });
    });
  });

  describe('whose output something else has written', () => {
    const foreign: [string, () => Promise<unknown>, string][] = [
      ['a person', () => put('processed/a', 'by hand'), 'not written by a processor'],
      ['another processor', () => process('a', upper, { name: 'lower' }), 'written by the processor lower'],
      [
        'the same processor from another object',
        async () => {
          await put('in/a', 'y');
          await process(
            'in/a',
            returning(() => ({ body: '', suffix: '' })),
            { output_prefix: 'processed/' },
          );
          const { Metadata } = await head('processed/in/a');
          await put('processed/a', 'Y', { Metadata });
        },
        'written by upper from another object',
      ],
    ];
    for (const [what, write, writer] of foreign) {
      it(`fails as ForeignOutput, and keeps it: ${what}`, async () => {
        await put('a', 'x');
        await write();
        const { ETag } = await head('processed/a');
        expect(await failure(process('a'))).to.include({
          name: 'ForeignOutput',
          message: `processed/a was ${writer}, so it is not overwritten: give another output_prefix, or force to overwrite it`,
        });
        expect((await head('processed/a')).ETag).to.equal(ETag);
        expect(await process('a', upper, { force: true })).to.include({ status: 'success' });
        expect(await process('a')).to.include({ status: 'skipped' });
      });
    }

    it('is skipped anyway if it is a folder marker', async () => {
      await put('folder/', '');
      await put('processed/folder/', '');
      expect(await process('folder/')).to.include({ status: 'skipped' });
    });
  });

  describe('with which one worker after the other died', () => {
    const deaths = MAX_DEATHS + 1;
    const never = returning(() => expect.fail('nothing is processed any more'));
    beforeEach(() => put('a', 'one'));

    it('fails as WorkerDied, without being read or processed, nor its processor set up', async () => {
      const onSetUp = () => expect.fail('it may be what they died of');
      let error = new Error();
      const made = await requests(async () => {
        error = await failure(process('a', never, { deaths, onSetUp }));
      });
      expect(made).to.have.length(1);
      expect(error).to.include({ name: 'WorkerDied' });
      expect(error.message).to.match(/^21 workers died, /);
      expect(await process('a', upper, { deaths: MAX_DEATHS })).to.include({ status: 'success' });
    });

    it('is skipped if it is up to date, and fails if it is not', async () => {
      await process('a');
      expect(await process('a', { ...never, version: '1' }, { deaths })).to.include({ status: 'skipped' });
      await put('a', 'two');
      expect(await failure(process('a', { ...never, version: '1' }, { deaths }))).to.include({
        name: 'WorkerDied',
      });
    });
  });

  it('skips folder markers, and processes what is not a marker although its key ends with a slash', async () => {
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
    const large = returning(() => ({ body: Readable.from(Array.from({ length: 12 }, () => megabyte)) }));
    expect(await process('a', large)).to.include({ bytes_out: 12 * 2 ** 20 });
    expect(await read('processed/a')).to.have.length(12 * 2 ** 20);
  });

  describe('into several outputs', () => {
    const sizes = returning(
      ({ key }) => [
        { suffix: '.large', body: `large ${key}`, record: { width: 1024 }, contentType: 'text/html' },
        { suffix: '.small', body: 'small', metadata: { Owner: 'me' }, cacheControl: 'max-age=60' },
      ],
      { outputs: ['.small', '.large'] },
    );
    beforeEach(() => put('a', 'x'));

    it('writes all of them, in the order of their declaration', async () => {
      const result = await process('a', sizes);
      expect(result).to.deep.include({
        processed_key: 'processed/a.small',
        content: 'small',
        bytes_out: 12,
        outputs: [
          { key: 'processed/a.small', bytes: 5 },
          { key: 'processed/a.large', bytes: 7, record: { width: 1024 } },
        ],
      });
      const small = await head('processed/a.small');
      expect(small).to.include({ CacheControl: 'max-age=60', ContentType: TEXT });
      expect(small.Metadata).to.include({ owner: 'me' }).and.include.keys('made-from');
      expect(await head('processed/a.large')).to.include({ ContentType: 'text/html' });
    });

    it('makes all again if one is missing', async () => {
      await process('a', sizes);
      expect(await process('a', sizes)).to.include({ status: 'skipped', processed_key: 'processed/a.small' });
      await server.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'processed/a.large' }));
      expect(await process('a', sizes)).to.include({ status: 'success', made_again: 'outputs' });
      expect(await read('processed/a.large')).to.equal('large a');
    });

    it('uploads two streams of one source at the same time', async () => {
      await put('big', Buffer.alloc(12 * 2 ** 20, 'b'));
      const both = returning(
        ({ body }) => [
          { suffix: '.copy', body: body.pipe(new PassThrough()) },
          { suffix: '.gz', body: body.pipe(createGzip({ level: 1 })) },
        ],
        { outputs: ['.gz', '.copy'] },
      );
      const { outputs = [] } = await process('big', both);
      expect(outputs[1]).to.deep.equal({ key: 'processed/big.copy', bytes: 12 * 2 ** 20 });
      const zipped = await (await get('processed/big.gz')).Body?.transformToByteArray();
      expect(gunzipSync(zipped as Uint8Array)).to.have.length(12 * 2 ** 20);
    });

    it('reports what is wrong with one of them, while others still wait for their source', async () => {
      const failing = returning(
        () => [
          { suffix: '.a', body: new PassThrough() },
          { suffix: '.b', body: Readable.from([{ no: 'bytes' }]) },
        ],
        { outputs: ['.a', '.b'] },
      );
      expect(await failure(process('a', failing))).to.include({
        name: 'ProcessorError',
        message: 'the body of the output ".b" is a stream of objects: it must yield text or bytes',
      });
    });
  });

  describe('into dynamic outputs', () => {
    const pages = (count: number, more: Partial<AnyDefinition> = {}): AnyDefinition =>
      returning(
        () =>
          Array.from({ length: count }, (_, page) => ({
            suffix: `/page-${page}`,
            body: `page ${page}`,
            record: page,
          })),
        { outputs: 'dynamic', ...more },
      );
    beforeEach(() => put('a', 'x'));

    it('lists them in an index, written last, which alone decides', async () => {
      expect(await process('a', pages(2))).to.deep.include({
        processed_key: 'processed/a.outputs.json',
        bytes_out: 12,
        outputs: [
          { key: 'processed/a/page-0', bytes: 6, record: 0 },
          { key: 'processed/a/page-1', bytes: 6, record: 1 },
        ],
      });
      expect(JSON.parse((await read('processed/a.outputs.json')) ?? '')).to.deep.equal({
        outputs: [
          { suffix: '/page-0', key: 'processed/a/page-0', bytes: 6, record: 0 },
          { suffix: '/page-1', key: 'processed/a/page-1', bytes: 6, record: 1 },
        ],
      });
      await server.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'processed/a/page-1' }));
      expect(await requests(() => process('a', pages(2)))).to.deep.equal(['GetObject', 'GetObject']);
    });

    it('checks an output only if its key is taken, and overwrites its own', async () => {
      expect(await requests(() => process('a', pages(1)))).to.deep.equal([
        'GetObject',
        'GetObject',
        'PutObject',
        'PutObject',
      ]);
      expect(await process('a', pages(2, { version: '2' }))).to.include({
        made_again: 'version',
        bytes_out: 12,
      });
      const large = returning(
        () => ({ suffix: '/page-0', body: Readable.from([Buffer.alloc(6 * 2 ** 20), Buffer.alloc(1)]) }),
        { outputs: 'dynamic', version: '3' },
      );
      expect(await process('a', large)).to.include({ bytes_out: 6 * 2 ** 20 + 1 });
      expect(await process('a', pages(0, { version: '4' }))).to.deep.include({ outputs: [], bytes_out: 0 });
      expect(await process('a', pages(0, { version: '4' }))).to.include({ status: 'skipped' });
    });

    for (const [what, body] of [
      ['small', () => 'x'],
      ['large', () => Readable.from([Buffer.alloc(6 * 2 ** 20)])],
    ] as const) {
      it(`keeps a foreign object, and writes no index: ${what}`, async () => {
        await put('processed/a/page', 'by hand');
        const one = returning(() => ({ suffix: '/page', body: body() }), { outputs: 'dynamic' });
        expect(await failure(process('a', one))).to.include({ name: 'ForeignOutput' });
        expect(await read('processed/a/page')).to.equal('by hand');
        expect(await failure(head('processed/a.outputs.json'))).to.include({ name: 'NotFound' });
        expect(await process('a', one, { force: true })).to.include({ status: 'success' });
      });
    }

    it('refuses a key that is too long', async () => {
      const long = returning(() => ({ suffix: `/${'p'.repeat(500)}`, body: '' }), { outputs: 'dynamic' });
      const key = 'k'.repeat(600);
      await put(key, 'x');
      expect(await failure(process(key, long))).to.include({ name: 'ProcessorError' });
    });
  });

  it('distinguishes errors: object gone, key too long, permanent, or only failed', async () => {
    await put('a', 'x');
    const throwing = (error: unknown) => returning(() => Promise.reject(error));
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

  it('leaves no output if the stream that a processor returned fails', async () => {
    await put('a', 'x');
    const failing = returning(() => ({
      body: (async function* () {
        yield Buffer.alloc(2 ** 20);
        throw new PermanentError('cannot go on');
      })(),
    }));
    expect(await failure(process('a', failing))).to.include({
      name: 'PermanentError',
      message: 'cannot go on',
    });
    expect(await failure(read('processed/a'))).to.include({ name: 'NoSuchKey' });
  });

  it('tells a processor that goes on that its attempt has failed, and is spent', async () => {
    await put('a', 'x');
    const seen: unknown[] = [];
    const stuck = returning(async (_object, { signal }) => {
      signal.addEventListener('abort', () => seen.push(signal.reason));
      // An 'error' event without a listener does the same.
      scopes.getStore()?.fail(new Error('lost'));
      await new Promise(() => {});
    });
    const error = await failure(process('a', stuck, { onSpent: () => seen.push('spent') }));
    expect(error).to.include({ name: 'ProcessorError', message: 'Error: lost' });
    expect(seen).to.deep.equal([error, 'spent']);
  });

  it('logs what it does, in the words that people filter on', async () => {
    const logged = () => lines.splice(0).map(({ timestamp, level, seconds, ...line }) => line);
    const begun = (key: string) => ({
      message: 'Processing S3 object',
      bucket: BUCKET,
      key,
      execution: 'run',
      attempt: 1,
    });
    await put('a', 'x');
    await put('folder/', '');
    const { processing_time, slot } = await process('a', upper, { slot: 2 });
    expect(slot).to.equal(2);
    expect(lines.at(-1)?.seconds).to.equal(processing_time);
    expect(logged()).to.deep.equal([
      begun('a'),
      {
        message: 'S3 object processed successfully',
        key: 'a',
        execution: 'run',
        slot: 2,
        processed_key: 'processed/a',
      },
    ]);
    await process('a');
    expect(logged()).to.deep.equal([
      begun('a'),
      { message: 'S3 object skipped', key: 'a', execution: 'run', reason: 'its outputs are up to date' },
    ]);
    await process('folder/');
    expect(logged()).to.deep.equal([
      begun('folder/'),
      { message: 'S3 object skipped', key: 'folder/', execution: 'run', reason: 'it is a folder marker' },
    ]);
  });

  it('measures its time', async () => {
    await put('a', 'x');
    const start = Date.parse('2026-11-23T10:00:00Z');
    mock.timers.enable({ apis: ['Date'], now: start });
    const slow = returning(() => {
      mock.timers.tick(1_250);
      return { body: 'x' };
    });
    // S3 takes 100 ms for each of HEAD and GET before the processor gets the object. The processor has it until the output is written,
    // which takes 100 ms, too.
    const onRequest = () => mock.timers.tick(100);
    subscribe('http.client.request.start', onRequest);
    const processed = await process('a', slow).finally(() =>
      unsubscribe('http.client.request.start', onRequest),
    );
    expect(processed).to.include({
      started_at: '2026-11-23T10:00:00.000Z',
      processed_at: '2026-11-23T10:00:01.550Z',
      processing_time: 1.55,
      processor_time: 1.35,
    });
    expect(await process('a', slow)).not.to.have.property('processor_time');
  });

  it('gives the processor the object as S3 has it', async () => {
    const Metadata = { owner: 'me' };
    const { ETag } = await put('a', 'x', { Metadata, ContentEncoding: 'br' });
    let given: SourceObject | undefined;
    await process(
      'a',
      returning((source) => {
        given = source;
        return { body: '' };
      }),
    );
    const { lastModified, body, text, lines: _, json, bytes, ...source } = given as SourceObject;
    expect(source).to.deep.equal({
      bucket: BUCKET,
      key: 'a',
      etag: ETag?.replaceAll('"', ''),
      size: 1,
      contentType: 'text/plain',
      contentEncoding: 'br',
      metadata: Metadata,
      attempt: 1,
    });
    expect(lastModified).to.deep.equal((await head('a')).LastModified);
    // The body was not read.
    expect(body.destroyed).to.equal(true);
  });

  it('previews the start of a text, 256 characters of it, or what the processor says', async () => {
    await put('a', 'x');
    const preview = async (output: { body: string | Buffer; preview?: string }) =>
      (
        await process(
          'a',
          returning(() => output),
          { force: true },
        )
      ).content;
    expect(await preview({ body: 'short' })).to.equal('short');
    expect(await preview({ body: '🚀'.repeat(300) })).to.equal('🚀'.repeat(256));
    expect(await preview({ body: 'text', preview: 'p'.repeat(300) })).to.equal('p'.repeat(256));
    expect(await preview({ body: Buffer.from('bytes') })).to.equal('');
  });

  it('accepts an output key of at most 1,024 bytes', async () => {
    const longest = 'k'.repeat(1024 - 'processed/'.length);
    expect(await failure(process(longest))).to.include({ name: 'ObjectNotFound' });
    expect(await failure(process(`${longest}k`))).to.include({
      name: 'OutputKeyTooLong',
      message: `processed/${longest}k would be the output's key: 1025 bytes, S3 allows 1024`,
    });
  });

  it('names a key that is not Unicode', async () => {
    expect(await failure(process('half a pair: \ud83d'))).to.include({
      name: 'ObjectNotFound',
      message: 'half a pair: \ud83d is not Unicode, as every key is',
    });
  });

  it('fails as StorageError if the bucket cannot be reached', async () => {
    await put('a', 'x');
    const { client } = server;
    await server.close();
    const error = await failure(process('a'));
    server = await startServer();
    client.destroy();
    expect(error).to.include({ name: 'StorageError' });
  });
});
