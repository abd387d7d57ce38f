/** XML documents that clients send: any other document has no effect. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { BUCKET as Bucket, startServer, type TestServer } from './server';

describe('S3 documents', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.close());

  const isThere = (key: string) => existsSync(join(server.folder, key));
  const post = async (path: string, body: string | Buffer) => {
    const md5 = createHash('md5').update(body).digest('base64');
    const options = {
      method: 'POST',
      body: new Uint8Array(Buffer.from(body)),
      headers: { 'content-md5': md5 },
    };
    const answer = await fetch(`${server.endpoint}/${Bucket}${path}`, options);
    return { status: answer.status, body: await answer.text() };
  };
  const remove = (body: string | Buffer) => post('?delete', body);
  const object = (content: string) => `<Delete><Object>${content}</Object></Delete>`;

  it('delete nothing if an entry has no key, or more than a key', async () => {
    for (const key of ['undefined', '[object Object]', 'a', 'b', 'a,b', 'null']) await server.put(key);
    for (const entry of [
      '',
      '<Other>a</Other>',
      '<Key/>',
      '<Key></Key>',
      '<Key><a>1</a></Key>',
      '<Key>a</Key><Key>b</Key>',
      '<Key>a</Key><Other>1</Other>',
      '<Key>a<b/></Key>',
      '<key>a</key>',
      'a',
    ]) {
      const { status, body } = await remove(object(entry));
      expect([status, body], entry).to.deep.equal([400, body]);
      expect(body, entry).to.contain('<Code>MalformedXML<');
    }
    for (const key of ['undefined', '[object Object]', 'a', 'b', 'a,b', 'null']) {
      expect(isThere(key), key).to.equal(true);
    }
  });

  it('are refused if they are not well-formed', async () => {
    await server.put('a');
    const whole = object('<Key>a</Key>');
    for (const document of [
      '',
      'a',
      whole.slice(0, -1),
      '<Delete><Object><Key>a',
      '<Delete><Object><Key>a</Object></Key></Delete>',
      `${whole}${whole}`,
      `${whole}a`,
      '<Delete><Quiet>maybe</Quiet><Object><Key>a</Key></Object></Delete>',
      '<Delete>text<Object><Key>a</Key></Object></Delete>',
      '<Delete><__proto__/><Object><Key>a</Key></Object></Delete>',
      `<Other>${whole}</Other>`,
      `<!DOCTYPE Delete [<!ENTITY a "a">]>${object('<Key>&a;</Key>')}`,
      object('<Key>&constructor;</Key>'),
      object('<Key>&#0;</Key>'),
      object('<Key>&#xD800;</Key>'),
      '<a>'.repeat(100_000) + '</a>'.repeat(100_000),
    ]) {
      expect((await remove(document)).body, document.slice(0, 80)).to.contain('<Code>MalformedXML<');
    }
    expect((await remove(Buffer.from([0x3c, 0xff, 0x3e]))).body).to.contain('<Code>MalformedXML<');
    expect(isThere('a')).to.equal(true);
    expect((await remove(whole)).body).to.contain('<Deleted><Key>a</Key></Deleted>');
    expect(isThere('a')).to.equal(false);
  });

  it('name keys as they are: with references, sections and space around them', async () => {
    const keys: [key: string, inXml: string][] = [
      ['a&<b>"', 'a&amp;&lt;b&gt;&quot;'],
      ['a\u0001b', 'a&#1;b'],
      ['a\tb', 'a&#x09;b'],
      ['a<b', '<![CDATA[a<b]]>'],
      ['ab', 'a<!-- comment -->b'],
      [' a ', ' a '],
      ['\u{1F680}', '&#x1F680;'],
      ['&lt;', '&amp;lt;'],
      ['x'.repeat(1_000), 'x'.repeat(1_000)],
    ];
    for (const [key, inXml] of keys) {
      await server.put(key);
      expect(
        (await remove(`\ufeff<?xml version="1.0"?>\n${object(`\n<Key>${inXml}</Key>\n`)}\n`)).body,
        key,
      ).not.to.contain('Error');
      const left = await fetch(`${server.endpoint}/${Bucket}/${encodeURIComponent(key)}`);
      expect(left.status, key).to.equal(404);
    }
  });

  it('fail for a single key if it is too long, or if a condition would be ignored', async () => {
    await server.put('a');
    const long = 'x'.repeat(1_025);
    expect((await remove(object(`<Key>${long}</Key>`))).body).to.contain('<Code>KeyTooLongError<');
    for (const condition of ['<Size>1</Size>', '<LastModifiedTime>now</LastModifiedTime>']) {
      expect((await remove(object(`<Key>a</Key>${condition}`))).body).to.contain('<Code>NotImplemented<');
    }
    expect(isThere('a')).to.equal(true);
    expect((await remove(object('<Key>a</Key><VersionId>null</VersionId>'))).body).to.contain('<Deleted>');
  });

  it('complete an upload with exactly the parts that they list', async () => {
    const { UploadId } = await server.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a' }));
    const part = { Bucket, Key: 'a', UploadId, PartNumber: 1, Body: 'part' };
    const { ETag } = await server.client.send(new UploadPartCommand(part));
    const complete = (parts: string) =>
      post(`/a?uploadId=${UploadId}`, `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`);
    for (const entry of [
      '',
      '<Part/>',
      '<Part><PartNumber>1</PartNumber></Part>',
      `<Part><ETag>${ETag}</ETag></Part>`,
      `<Part><PartNumber>1e0</PartNumber><ETag>${ETag}</ETag></Part>`,
      `<Part><PartNumber>1</PartNumber><PartNumber>2</PartNumber><ETag>${ETag}</ETag></Part>`,
      `<Part><PartNumber>1</PartNumber><ETag>${ETag}</ETag><Other/></Part>`,
    ]) {
      expect((await complete(entry)).body, entry).to.contain('<Code>MalformedXML<');
    }
    for (const etag of ['*', '', `none,${ETag}`, `${ETag},none`]) {
      const { body } = await complete(`<Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part>`);
      expect(body, etag).to.contain('<Code>InvalidPart<');
    }
    expect(isThere('a')).to.equal(false);
    const { body } = await complete(`<Part><PartNumber>1</PartNumber><ETag>${ETag}</ETag></Part>`);
    expect(body).to.contain('<CompleteMultipartUploadResult');
  });
});
