/** All outputs of an object, in an S3 over HTTP. */
import { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { ObjectStore } from '../../../../../runtime/s3/object-store';
import type { CheckedOutput } from '../../../../../runtime/worker/slot/outputs/check-outputs';
import { writeOutputs } from '../../../../../runtime/worker/slot/outputs/write-outputs';
import { BUCKET, startServer, type TestServer } from '../../../../local/services/s3/server';
import { failure } from '../../../../support/failure';

describe('writing the outputs of an object', () => {
  let server: TestServer;
  let gathered: number[];
  before(async () => {
    server = await startServer();
  });
  beforeEach(() => {
    gathered = [];
  });
  after(() => server.close());
  const write = (
    outputs: CheckedOutput[],
    { prefix = 'processed/a', isIndexed = false } = {},
    signal = new AbortController().signal,
  ) =>
    writeOutputs(
      new ObjectStore(server.client, BUCKET),
      outputs,
      { prefix, isIndexed, sourceSize: 1, provenance: { 'made-from': 'x' } },
      { signal },
      (bytes) => gathered.push(bytes),
    );
  const get = async (Key: string) => {
    const { Body, ...more } = await server.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return { ...more, text: await Body?.transformToString() };
  };

  it('returns only key, preview and size of a single output', async () => {
    expect(await write([{ suffix: '', body: 'text' }])).to.deep.equal({
      processed_key: 'processed/a',
      content: 'text',
      bytes_out: 4,
    });
    expect(await get('processed/a')).to.deep.include({ text: 'text', Metadata: { 'made-from': 'x' } });
  });

  it('lists each of several outputs, or one with a record, in order', async () => {
    expect(await write([{ suffix: '', body: 'text', record: { n: 1 } }])).to.deep.include({
      outputs: [{ key: 'processed/a', bytes: 4, record: { n: 1 } }],
    });
    const several = [
      { suffix: '.1', body: Buffer.from('bytes') },
      { suffix: '.2', body: Readable.from(['a', 'bc']) },
      { suffix: '.3', body: 'text', record: 7 },
    ];
    expect(await write(several)).to.deep.equal({
      processed_key: 'processed/a.1',
      outputs: [
        { key: 'processed/a.1', bytes: 5 },
        { key: 'processed/a.2', bytes: 3 },
        { key: 'processed/a.3', bytes: 4, record: 7 },
      ],
      content: 'text',
      bytes_out: 12,
    });
    // One for each call, with the bytes of all outputs.
    expect(gathered).to.deep.equal([4, 12]);
  });

  it('writes an index of dynamic ones, whose key is their key, also if there are none', async () => {
    const two = [
      { suffix: '.1', body: 'one', record: 1 },
      { suffix: '.2', body: 'two' },
    ];
    expect(await write(two, { isIndexed: true })).to.include({
      processed_key: 'processed/a.outputs.json',
      bytes_out: 6,
    });
    const index = await get('processed/a.outputs.json');
    expect(index.text).to.match(/\n$/);
    expect(index).to.include({ ContentType: 'application/json' });
    expect(JSON.parse(index.text ?? '')).to.deep.equal({
      outputs: [
        { suffix: '.1', key: 'processed/a.1', bytes: 3, record: 1 },
        { suffix: '.2', key: 'processed/a.2', bytes: 3 },
      ],
    });
    expect(await write([], { prefix: 'processed/none', isIndexed: true })).to.deep.equal({
      processed_key: 'processed/none.outputs.json',
      outputs: [],
      content: '',
      bytes_out: 0,
    });
    expect(await write([])).to.deep.equal({ processed_key: '', content: '', bytes_out: 0 });
  });

  it('shows the first 256 characters of the first text, or of a preview', async () => {
    const shown = async (...outputs: CheckedOutput[]) => (await write(outputs)).content;
    expect(await shown({ suffix: '', body: Buffer.from('bytes') })).to.equal('');
    expect(await shown({ suffix: '', body: Buffer.from('bytes'), preview: 'said' })).to.equal('said');
    expect(await shown({ suffix: '.1', body: '' }, { suffix: '.2', body: 'second' })).to.equal('second');
    expect(await shown({ suffix: '', body: 'ü'.repeat(300) })).to.equal('ü'.repeat(256));
    expect(await shown({ suffix: '', body: '🚀'.repeat(300) })).to.equal('🚀'.repeat(256));
  });

  it('refuses a key that S3 does not accept, by its length in bytes', async () => {
    const prefix = `processed/${'ü'.repeat(507)}`;
    expect(await write([{ suffix: '', body: 'x' }], { prefix })).to.include({ processed_key: prefix });
    const error = await failure(write([{ suffix: 'x', body: 'x' }], { prefix }));
    expect(error).to.include({
      name: 'ProcessorError',
      message: `the output ${prefix}x has a key of 1025 bytes: S3 allows 1024`,
    });
  });

  it('reads no stream any more once the attempt has failed', async () => {
    const ending = new AbortController();
    const endless = new Readable({ read() {} });
    const writing = failure(write([{ suffix: '', body: endless }], {}, ending.signal));
    ending.abort();
    expect(await writing).to.be.instanceOf(Error);
    expect(endless.destroyed).to.equal(true);
  });
});
