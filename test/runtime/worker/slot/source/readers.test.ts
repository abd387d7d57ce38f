/** The readers of an object, on objects in the local cloud's S3. */
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { SourceObject } from '../../../../../runtime/processor';
import { ObjectBody } from '../../../../../runtime/worker/slot/source/object-body';
import { ObjectReaders } from '../../../../../runtime/worker/slot/source/readers';
import { BUCKET, startServer, type TestServer } from '../../../../local/services/s3/server';
import { failure } from '../../../../support/failure';
import { captureLines } from '../../../support/lines';
import { processWith, returning } from '../../../support/object-context';

const linesOf = async (object: SourceObject) => {
  const lines: string[] = [];
  for await (const line of object.lines()) lines.push(line);
  return lines;
};
const drain = async (object: SourceObject) => {
  for await (const _ of object.body);
};

describe('a reader of an object', () => {
  captureLines();
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());
  /** The result of `read` for an object with this content. */
  const reading = async <Result>(
    content: string | Buffer,
    read: (object: SourceObject) => Result | Promise<Result>,
    ContentEncoding?: string,
  ): Promise<Result> => {
    const Body = Buffer.from(content);
    await server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body, ContentEncoding }));
    let result: Result | undefined;
    const definition = returning(async (object) => {
      result = await read(object);
      return { body: '' };
    });
    await processWith(server.client, 'a', definition, { bucket: BUCKET, force: true });
    return result as Result;
  };

  it('text: UTF-8, without a byte order mark', async () => {
    expect(await reading('grün 🚀\n', (object) => object.text())).to.equal('grün 🚀\n');
    expect(await reading('\ufeffa', (object) => object.text())).to.equal('a');
    expect(await reading('', (object) => object.text())).to.equal('');
  });

  it('bytes: as stored', async () => {
    const bytes = Buffer.from([0, 255, 10, 13]);
    expect(await reading(bytes, (object) => object.bytes())).to.deep.equal(bytes);
  });

  it('works with methods that are detached from the object', async () => {
    expect(await reading('a', ({ text }) => text())).to.equal('a');
    expect(await reading('[1]', ({ json }) => json())).to.deep.equal([1]);
  });

  const lines: [string, string, string[]][] = [
    ['none', '', []],
    ['one without an end', 'a', ['a']],
    ['one with an end', 'a\n', ['a']],
    ['both kinds of ends', 'a\r\nb\nc', ['a', 'b', 'c']],
    ['empty ones', '\n\r\n\na', ['', '', '', 'a']],
    ['a lone carriage return', 'a\rb\n', ['a\rb']],
    ['a byte order mark', '\ufeffa\nb', ['a', 'b']],
  ];
  for (const [what, content, expected] of lines) {
    it(`lines: ${what}`, async () => {
      expect(await reading(content, linesOf)).to.deep.equal(expected);
    });
  }

  it('lines: characters and ends across chunks, and lines of any length', async () => {
    const expected = ['ü'.repeat(100_001), `${'🚀'.repeat(60_000)}x`, '', 'y'.repeat(3_000_000)];
    expect(await reading(expected.join('\r\n'), linesOf)).to.deep.equal(expected);
  });

  it('lines: the first ones, and no more of the content', async () => {
    const first = async (object: SourceObject) => {
      for await (const line of object.lines()) return line;
      return undefined;
    };
    expect(await reading(`first\n${'x\n'.repeat(5_000_000)}`, first)).to.equal('first');
  });

  const bad: [string, string, RegExp][] = [
    ['a wrong token', '{"a":1,\n"b": x}', /^a is not JSON: line 2, column 6: Unexpected token 'x'/],
    [
      'an end too early',
      '[1,\n2',
      /^a is not JSON: line 2, column 2: Expected ',' or '\]' after array element/,
    ],
    ['nothing', '', /^a is not JSON: line 1, column 1: Unexpected end of JSON input$/],
    ['something after it', '{}\n{}', /^a is not JSON: line 2, column 1: Unexpected non-whitespace character/],
    ['a comma too many', '[1,]', /^a is not JSON: line 1, column 4: /],
    ['a comment', '[1, /* 2 */ 3]', /^a is not JSON: line 1, column 5: /],
    [
      'empty lines',
      '[1,\n\n\nx]',
      /^a is not JSON: line 4, column 1: Unexpected token 'x', "\[1, x\]" is not valid JSON$/,
    ],
  ];
  it('json: the value', async () => {
    expect(await reading('{"a":[1,"ü"]}', (object) => object.json())).to.deep.equal({ a: [1, 'ü'] });
    expect(await reading('\ufeff[]', (object) => object.json())).to.deep.equal([]);
  });
  for (const [what, content, message] of bad) {
    it(`json: fails permanently if it is invalid: ${what}`, async () => {
      const error = await failure(reading(content, (object) => object.json()));
      expect(error).to.include({ name: 'PermanentError' });
      expect(error.message).to.match(message);
    });
  }

  describe('of compressed content', () => {
    const content = 'a\n'.repeat(200_000);
    for (const encoding of ['gzip', 'GZIP', 'x-gzip', 'aws-chunked,gzip', 'gzip, aws-chunked']) {
      it(`decompresses it: ${encoding}`, async () => {
        const zipped = gzipSync(content);
        const text = await reading(
          zipped,
          (object) => {
            // S3 removes aws-chunked itself, if it can.
            expect(object.contentEncoding).to.match(/gzip/i);
            return object.text();
          },
          encoding,
        );
        expect(text).to.equal(content);
        expect(await reading(zipped, linesOf, encoding)).to.have.length(200_000);
      });
    }

    it('leaves the body as it is stored, and other encodings', async () => {
      const zipped = gzipSync('x');
      const stored = async ({ body }: SourceObject) => {
        const chunks: Buffer[] = [];
        for await (const chunk of body) chunks.push(chunk);
        return Buffer.concat(chunks);
      };
      expect(await reading(zipped, stored, 'gzip')).to.deep.equal(zipped);
      expect(await reading(zipped, (object) => object.bytes(), 'br')).to.deep.equal(zipped);
    });

    for (const [what, stored, reason] of [
      ['no gzip at all', Buffer.from('plain'), 'incorrect header check'],
      ['one that is cut', gzipSync(content).subarray(0, 100), 'unexpected end of file'],
      [
        'one with a wrong checksum',
        Buffer.concat([gzipSync('x').subarray(0, -8), Buffer.alloc(8)]),
        'incorrect data check',
      ],
    ] as const) {
      it(`fails permanently if it is broken: ${what}`, async () => {
        const readers: ((object: SourceObject) => Promise<unknown>)[] = [(object) => object.bytes(), linesOf];
        for (const read of readers) {
          expect(await failure(reading(stored, read, 'gzip'))).to.include({
            name: 'PermanentError',
            message: `a is not the gzip that its Content-Encoding says: ${reason}`,
          });
        }
      });
    }
  });

  for (const code of [undefined, 'ECONNRESET']) {
    it(`does not mistake compressed content that breaks off for broken gzip: ${code}`, async () => {
      const source = new PassThrough();
      const readers = new ObjectReaders(new ObjectBody(source, 'a', () => {}), 'a', 'gzip');
      source.write(gzipSync('content').subarray(0, 12));
      const reading = readers.bytes();
      source.destroy(Object.assign(new Error('reset'), { code }));
      expect(await failure(reading)).to.include({ name: 'Error', message: 'reset' });
    });
  }

  const twice: [string, (object: SourceObject) => Promise<unknown>][] = [
    ['two readers', async (object) => [await object.text(), await object.text()]],
    ['two at a time', (object) => Promise.all([object.text(), object.bytes()])],
    ['lines, begun', async (object) => [object.lines(), await object.bytes()]],
    ['a reader, then the body', async (object) => [await object.json(), object.body]],
    ['the body, then a reader', async (object) => [await drain(object), await object.text()]],
    ['the body, then the body', async (object) => [await drain(object), await drain(object)]],
    [
      'the body, held, after a reader',
      async (object) => {
        const { body } = object;
        await object.text();
        for await (const _ of body);
      },
    ],
    ['the body, then a pipe', async (object) => [await drain(object), object.body.pipe(process.stdout)]],
  ];
  for (const [what, read] of twice) {
    it(`says that the content can be read once: ${what}`, async () => {
      expect(await failure(reading('{}', read))).to.include({
        name: 'ProcessorError',
        message: 'Error: the content of a was read already: it can be read once',
      });
    });
  }

  it('says the same of an output', async () => {
    const definition = returning(async (object) => {
      const { body } = object;
      await object.text();
      return { body };
    });
    expect(
      await failure(processWith(server.client, 'a', definition, { bucket: BUCKET, force: true })),
    ).to.include({
      name: 'ProcessorError',
      message: 'Error: the content of a was read already: it can be read once',
    });
  });
});
