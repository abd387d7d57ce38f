/** The list of a selection, in the local cloud's S3. */
import {
  AbortMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { completeList, isFree, ListWriter } from '../../../runtime/selector/list-writer';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';
import { failure } from '../../support/failure';

/** 1,024 bytes as a line: 8,192 of them fill a part of 8 MiB. */
const LONG = 'k'.repeat(1_013);
/** The content of an object that somebody else has put. */
const Body = Buffer.alloc(0);

describe('the list of a selection', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  let lists = 0;
  const newList = () => ({ bucket: BUCKET, key: `list-${lists++}` });
  const content = ({ key }: { key: string }) => server.text(key);
  const described = async ({ key }: { key: string }) => {
    const { ContentType, Metadata } = await server.client.send(
      new HeadObjectCommand({ Bucket: BUCKET, Key: key }),
    );
    return { ContentType, Metadata };
  };
  const SETTINGS = { ContentType: 'application/x-ndjson', Metadata: { 'written-by': 'selector' } };

  it('is put in one request if it is small, after the entries that an earlier call has left', async () => {
    const list = newList();
    const before = new ListWriter(server.client, list);
    await before.add('a');
    const { list: carried, tail } = before.suspend();
    expect({ carried, tail }).to.deep.equal({ carried: { parts: [] }, tail: '{"Key":"a"}\n' });
    const after = new ListWriter(server.client, list, carried, tail);
    await after.add('ü"\n');
    expect(await after.putWhole()).to.equal(true);
    expect(await content(list)).to.equal('{"Key":"a"}\n{"Key":"ü\\"\\n"}\n');
    expect(await described(list)).to.deep.equal(SETTINGS);
  });

  it('may be empty', async () => {
    const list = newList();
    expect(await new ListWriter(server.client, list).putWhole()).to.equal(true);
    expect(await content(list)).to.equal('');
  });

  it('is made of parts if it is large, over several calls, and completed once', async () => {
    const list = newList();
    const first = new ListWriter(server.client, list);
    for (let lines = 0; lines < 8_191; lines++) await first.add(LONG);
    expect(first.suspend().list.parts).to.have.length(0);
    await first.add(LONG);
    await first.add('one more');
    const { list: carried, tail } = first.suspend();
    expect(carried.parts).to.have.length(1);
    expect(tail).to.equal('{"Key":"one more"}\n');

    const last = new ListWriter(server.client, list, JSON.parse(JSON.stringify(carried)), tail);
    expect(await last.putWhole()).to.equal(false);
    const flushed = await last.flush();
    expect(flushed.parts).to.have.length(2);
    expect((await last.flush()).parts).to.have.length(2);
    const { Parts } = await server.client.send(
      new ListPartsCommand({ Bucket: BUCKET, Key: list.key, UploadId: flushed.uploadId }),
    );
    expect(Parts?.map(({ ETag }) => ETag)).to.deep.equal(flushed.parts);

    await completeList(server.client, list, flushed);
    expect((await content(list)).split('\n').slice(-3)).to.deep.equal([
      `{"Key":"${LONG}"}`,
      '{"Key":"one more"}',
      '',
    ]);
    expect(await described(list)).to.deep.equal(SETTINGS);
    // The answer was lost.
    await completeList(server.client, list, flushed);
  });

  it('is not complete if its upload is gone and no object exists, or if S3 refuses it', async () => {
    const list = newList();
    const writer = new ListWriter(server.client, list);
    await writer.add(LONG.repeat(10_000));
    const { uploadId, parts } = await writer.flush();
    await server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: list.key, Body }));
    const wrong = completeList(server.client, list, { uploadId, parts: ['"0"'] });
    expect(await failure(wrong)).to.include({ name: 'InvalidPart' });
    await server.client.send(
      new AbortMultipartUploadCommand({ Bucket: BUCKET, Key: list.key, UploadId: uploadId }),
    );
    const gone = completeList(server.client, newList(), { uploadId, parts });
    expect(await failure(gone)).to.include({ name: 'NoSuchUpload' });
  });

  it('has a free key only if no object, or an older list, is there', async () => {
    const list = newList();
    expect(await isFree(server.client, list)).to.equal(true);
    await new ListWriter(server.client, list).putWhole();
    expect(await isFree(server.client, list)).to.equal(true);
    for (const Metadata of [undefined, { 'written-by': 'me' }]) {
      await server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: list.key, Metadata, Body }));
      expect(await isFree(server.client, list)).to.equal(false);
    }
  });
});
