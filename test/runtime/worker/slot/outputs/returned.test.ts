/** The values that a processor may return. They are written to the local cloud's S3, or refused as an error of the processor. */
import { PassThrough, Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { Output } from '../../../../../runtime/processor';
import { BUCKET, startServer, type TestServer } from '../../../../local/services/s3/server';
import { failure } from '../../../../support/failure';
import { captureLines } from '../../../support/lines';
import { processWith, returning } from '../../../support/object-context';

type Make = () => unknown;

const used = async () => {
  const stream = Readable.from([Buffer.from('gone')]);
  for await (const _ of stream);
  return { body: stream };
};
/** A stream of the kind that Node.js had before streams had iterators. */
const old = () => {
  const inner = Readable.from(['old', ' stream']);
  const stream = new PassThrough();
  inner.pipe(stream);
  return {
    on: stream.on.bind(stream),
    pause: stream.pause.bind(stream),
    resume: stream.resume.bind(stream),
    pipe: stream.pipe.bind(stream),
  };
};
async function* generator() {
  yield 'gene';
  yield new Uint8Array([114, 97, 116, 101, 100]);
}
const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

const WRITTEN: [string, Make, string][] = [
  ['a text', () => ({ body: 'text ü' }), 'text ü'],
  ['an empty text', () => ({ body: '' }), ''],
  ['a Buffer', () => ({ body: Buffer.from('buffer') }), 'buffer'],
  [
    'a part of a Uint8Array',
    () => ({ body: new Uint8Array(Buffer.from('xbytesx')).subarray(1, 6) }),
    'bytes',
  ],
  ['a Uint8Array of another realm', () => ({ body: runInNewContext('Uint8Array.of(65, 66)') }), 'AB'],
  ['a stream of bytes', () => ({ body: Readable.from([Buffer.from('str'), Buffer.from('eam')]) }), 'stream'],
  ['a stream of texts', () => ({ body: Readable.from(['te', 'xts']) }), 'texts'],
  ['an empty stream', () => ({ body: Readable.from([]) }), ''],
  ['a web stream', () => ({ body: new Response('web').body }), 'web'],
  ['a generator', () => ({ body: generator() }), 'generated'],
  ['an iterable', () => ({ body: { [Symbol.asyncIterator]: () => generator() } }), 'generated'],
  ['a stream of old', () => ({ body: old() }), 'old stream'],
  ['a list of one', () => [{ body: 'listed' }], 'listed'],
  ['no type, if a library guesses none', () => ({ body: 'x', contentType: null, contentEncoding: '' }), 'x'],
];

const one =
  (output: object): Make =>
  () => ({ body: 'x', ...output });
const NOTHING = 'process returned no output "", which the processor declares: return { body: … }';
const REFUSED: [string, Make, string | RegExp][] = [
  ['nothing', () => undefined, NOTHING],
  ['null', () => null, NOTHING],
  ['an empty list', () => [], NOTHING],
  ['a text', () => 'text', 'process returned a string for an output: return { body: … }'],
  [
    'a Buffer',
    () => Buffer.from('x'),
    'process returned an object (Buffer) for an output: return { body: … }',
  ],
  [
    'a stream',
    () => Readable.from(['x']),
    'process returned an object (Readable) for an output: return { body: … }',
  ],
  ['no body', one({ body: undefined }), /^the output "" has undefined as its body: give a text, bytes/],
  ['an object as body', one({ body: { key: 1 } }), /^the output "" has a plain object as its body/],
  ['a number as body', one({ body: 1 }), /^the output "" has a number as its body/],
  [
    'an ArrayBuffer as body',
    one({ body: new ArrayBuffer(1) }),
    /^the output "" has an object \(ArrayBuffer\) as its body/,
  ],
  [
    'a promise as body',
    one({ body: Promise.resolve('x') }),
    /^the output "" has an object \(Promise\) as its body/,
  ],
  ['a list as body', one({ body: ['x'] }), /^the output "" has an object \(Array\) as its body/],
  [
    'a stream of objects',
    () => ({ body: Readable.from([{ a: 1 }]) }),
    'the body of the output "" is a stream of objects: it must yield text or bytes',
  ],
  [
    'a web stream of numbers',
    () => ({ body: new ReadableStream({ start: (c) => c.enqueue(1) }) }),
    'the body of the output "" is a stream of a number: it must yield text or bytes',
  ],
  [
    'a stream that was read',
    used,
    'the body of the output "" is a stream that was read before it was returned',
  ],
  ['a stream that fails', () => ({ body: new PassThrough().destroy(new Error('early')) }), 'Error: early'],
  [
    'an unknown suffix',
    one({ suffix: '.b' }),
    'process returned the output ".b", which the processor does not declare: outputs are ""',
  ],
  ['a suffix twice', () => [{ body: '' }, { body: '' }], 'process returned the output "" twice'],
  ['a suffix that is not a text', one({ suffix: 1 }), 'the suffix "1" of an output is not a string'],
  [
    'a suffix with a line end',
    one({ suffix: 'a\nb' }),
    'the suffix "a\\nb" of an output has a control character',
  ],
  ['a suffix that is not Unicode', one({ suffix: '\ud83d' }), /of an output is not Unicode$/],
  [
    'a suffix that leaves its folder',
    one({ suffix: '/../x' }),
    /has a path segment of dots only, which clients resolve$/,
  ],
  [
    'a suffix that is too long',
    one({ suffix: 'x'.repeat(513) }),
    /^the suffix "x{100}…" of an output is longer than 512 bytes$/,
  ],
  [
    'the suffix of an index',
    one({ suffix: '.outputs.json' }),
    /ends with \.outputs\.json, as only the index/,
  ],
  [
    'a type with a line end',
    one({ contentType: 'text/\nplain' }),
    'the output "" has a contentType that has other characters than printable ASCII: "text/\\nplain"',
  ],
  ['a type that is not ASCII', one({ contentType: 'text/ü' }), /contentType that has other characters/],
  [
    'a type that is not a text',
    one({ contentType: 1 }),
    'the output "" has a contentType that is not a text: "1"',
  ],
  [
    'an encoding that is too long',
    one({ contentEncoding: 'x'.repeat(1025) }),
    /contentEncoding that is longer than 1024 characters/,
  ],
  [
    'a cache control with a control character',
    one({ cacheControl: '\u0000' }),
    /cacheControl that has other characters/,
  ],
  [
    'metadata that is not ASCII',
    one({ metadata: { a: 'ü' } }),
    'the output "" has metadata "a" that has other characters than printable ASCII: "ü"',
  ],
  [
    'metadata with a line end',
    one({ metadata: { a: 'x\r\nb: y' } }),
    /has metadata "a" that has other characters/,
  ],
  [
    'metadata that is not a text',
    one({ metadata: { width: 10 } }),
    'the output "" has metadata "width" that is not a text: "10"',
  ],
  [
    'metadata with a bad name',
    one({ metadata: { 'a b': 'x' } }),
    'the output "" has metadata whose name HTTP does not take: "a b"',
  ],
  [
    'metadata with two names that are one name for S3',
    one({ metadata: { A: '1', a: '2' } }),
    'the output "" has the metadata "a" twice',
  ],
  [
    "metadata of the worker's own name",
    one({ metadata: { 'Made-From': 'x' } }),
    /which the worker writes itself/,
  ],
  [
    'too much metadata',
    one({ metadata: { a: 'x'.repeat(1700) } }),
    'the output "" has 1701 bytes of metadata: 1700 are allowed',
  ],
  [
    'metadata as a list',
    one({ metadata: ['a'] }),
    'the output "" has an object (Array) as its metadata: give an object of texts',
  ],
  [
    'a preview that is not a text',
    one({ preview: 1 }),
    'the output "" has a number as its preview: give a text',
  ],
  [
    'a record that is too large',
    one({ record: 'x'.repeat(1023) }),
    'the output "" has a record of 1025 bytes: 1024 are allowed',
  ],
  [
    'a record that is a function',
    one({ record: () => 1 }),
    'the output "" has a record that is not JSON: it is a function',
  ],
  [
    'a record that is cyclic',
    one({ record: cyclic }),
    /^the output "" has a record that is not JSON: Converting circular structure to JSON$/,
  ],
  [
    'a record with a BigInt',
    one({ record: { n: 1n } }),
    /^the output "" has a record that is not JSON: .*BigInt/,
  ],
];

describe('what a processor returns', () => {
  captureLines();
  let server: TestServer;
  before(async () => {
    server = await startServer();
    await server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: 'x' }));
  });
  after(() => server.close());
  const process = (make: Make, more: object = {}) =>
    processWith(server.client, 'a', returning(make as () => Output, more), { bucket: BUCKET, force: true });

  for (const [what, make, expected] of WRITTEN) {
    it(`is written: ${what}`, async () => {
      const { bytes_out } = await process(make);
      const { Body } = await server.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'processed/a' }));
      expect(await Body?.transformToString()).to.equal(expected);
      expect(bytes_out).to.equal(Buffer.byteLength(expected));
    });
  }

  for (const [what, make, message] of REFUSED) {
    it(`is refused as the processor's error, before any request to S3: ${what}`, async () => {
      server.needed.length = 0;
      const error = await failure(process(make));
      expect(error).to.include({ name: 'ProcessorError' });
      if (typeof message === 'string') expect(error.message).to.equal(message);
      else expect(error.message).to.match(message);
      expect(server.needed.filter(([needed]) => needed?.includes('PutObject'))).to.deep.equal([]);
    });
  }

  it('is refused if the processor declares no output', async () => {
    const message = 'process returned the output "", which the processor does not declare: outputs are none';
    expect(await failure(process(one({}), { outputs: [] }))).to.include({ message });
    expect(await process(() => undefined, { outputs: [] })).to.include({ status: 'success' });
  });

  it('is refused if one of several is missing', async () => {
    const outputs = ['.a', '.b'];
    expect(await failure(process(one({ suffix: '.b' }), { outputs }))).to.include({
      message: 'process returned no output ".a", which the processor declares',
    });
  });

  it('may have as much as S3 accepts', async () => {
    const much = one({
      metadata: { a: 'x'.repeat(1699) },
      record: 'x'.repeat(1022),
      contentType: `text/${'x'.repeat(1019)}`,
    });
    expect(await process(much)).to.include({ status: 'success' });
  });
});
