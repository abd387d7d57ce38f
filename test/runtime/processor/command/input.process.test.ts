import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { failure } from '../../../support/failure';
import { Folder } from './programs';

/** Prints the input's path and content. */
const PRINT_FILE = 'import sys; print(sys.argv[1]); print(open(sys.argv[1], "rb").read())';

describe("The object's content, for a program", () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(() => folder.close());

  for (const [key, name] of [
    ['photos/a.b/cat.jpg', 'input.jpg'],
    ['backup.tar.gz', 'input.tar.gz'],
    ['photos.d/no-extension', 'input'],
    ['a.ü', 'input'],
    ['a.b c', 'input'],
    [`a.${'x'.repeat(300)}`, 'input'],
  ] as const)
    it(`is a file ${name} for ${key.slice(0, 30)}`, async () => {
      const [output] = await folder.python(PRINT_FILE, {}, '{input}').process('abc', { key });
      const [path = '', content] = (output?.content.toString() ?? '').split('\n');
      expect(path.slice(path.lastIndexOf('/') + 1)).to.equal(name);
      expect(content).to.equal("b'abc'");
    });

  it('is decompressed if its Content-Encoding is gzip, and its file has no .gz', async () => {
    const object = { key: 'a.json.gz', contentEncoding: 'gzip' };
    const [stream] = await folder.slot(['cat']).process(gzipSync('text'), object);
    expect(stream?.content.toString()).to.equal('text');
    const [file] = await folder.python(PRINT_FILE, {}, '{input}').process(gzipSync('text'), object);
    expect(file?.content.toString()).to.match(/\/input\.json\nb'text'\n$/);
  });

  it('that is not gzip although its Content-Encoding says so fails permanently', async () => {
    for (const content of ['no gzip', gzipSync('text').subarray(0, 15)]) {
      const error = await failure(folder.slot(['cat']).process(content, { contentEncoding: 'gzip' }));
      expect(error.name).to.equal('PermanentError');
      expect(error.message).to.match(/^The content is not gzip/);
    }
  });

  for (const args of [['cat'], ['cat', '{input}']] as [string, ...string[]][])
    it(`that breaks off fails the program, which never mistakes a part for the whole: ${args.join(' ')}`, async () => {
      const broken = Readable.from(
        (async function* () {
          yield Buffer.from('a part');
          throw new Error('connection reset');
        })(),
      );
      expect((await failure(folder.slot(args).process(broken))).message).to.equal('connection reset');
    });

  it('that does not arrive does not hold up an abort', async () => {
    const abort = new AbortController();
    const silent = new Readable({ read: () => abort.abort(new Error('deadline')) });
    const processing = folder.slot(['cat', '{input}']).process(silent, {}, abort.signal);
    expect((await failure(processing)).message).to.equal('deadline');
    expect(silent.destroyed).to.equal(true);
  });
});
