/** The query of a presigned URL: headers, a body's hash, and the older signature. */
import type { IncomingMessage } from 'node:http';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { signVersion2 } from '../../../../../local/core/gateway/signatures/version-2';
import { signerOf } from '../../../support/signer';
import { BUCKET, credentials, type Fixture, REGION, startFixture } from '../fixture';

describe('presigned URLs', () => {
  let fixture: Fixture;
  let client: S3Client;
  before(async () => {
    fixture = await startFixture();
    const { endpoint } = fixture;
    client = new S3Client({ endpoint, region: REGION, credentials, forcePathStyle: true, maxAttempts: 1 });
  });
  after(async () => {
    client?.destroy();
    await fixture?.close();
  });

  const signer = () => signerOf('s3', { region: REGION, credentials });

  /** The URL of a request whose headers the presigner moves into the query. */
  async function presign(
    method: string,
    path: string,
    headers: Record<string, string>,
    parameters: Record<string, string> = {},
  ): Promise<string> {
    const { host, hostname, port } = new URL(fixture.endpoint);
    const unsigned = {
      ...{ method, protocol: 'http:', hostname, port: Number(port), path, query: parameters },
      headers: { host, ...headers },
    };
    const { query } = await signer().presign(unsigned, { expiresIn: 60 });
    return `${fixture.endpoint}${path}?${new URLSearchParams(query as Record<string, string>)}`;
  }
  const UNSIGNED = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const put = async (key: string, headers: Record<string, string>, more = {}) => {
    const url = await presign('PUT', `/${BUCKET}/${key}`, headers);
    const answer = await fetch(url, { method: 'PUT', body: 'hello', headers: more });
    return { status: answer.status, body: await answer.text() };
  };
  const headOf = (Key: string) =>
    client.send(new HeadObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' }));

  it('count their x-amz- parameters as headers', async () => {
    const headers = {
      'x-amz-meta-owner': 'joe',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-checksum-crc32': 'NhCmhg==',
    };
    expect(await put('kept', { ...UNSIGNED, ...headers })).to.include({ status: 200 });
    expect(await headOf('kept')).to.deep.include({
      Metadata: { owner: 'joe' },
      StorageClass: 'STANDARD_IA',
      ChecksumCRC32: 'NhCmhg==',
    });
    expect((await put('bad', { ...UNSIGNED, 'x-amz-checksum-crc32': 'AAAAAA==' })).body).to.contain(
      'BadDigest',
    );
    await put('copy', { ...UNSIGNED, 'x-amz-copy-source': `/${BUCKET}/kept` });
    expect((await headOf('copy')).Metadata).to.deep.equal({ owner: 'joe' });
  });

  it('are refused with an error that names the header, if a header is the cause', async () => {
    for (const [name, value] of [
      ['x-amz-tagging', 'a=b'],
      ['x-amz-acl', 'public-read'],
      ['x-amz-object-lock-mode', 'GOVERNANCE'],
      ['x-amz-server-side-encryption', 'aws:kms'],
      ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
      ['x-amz-grant-read', 'id=1'],
    ] as const) {
      const { status, body } = await put('refused', { ...UNSIGNED, [name]: value });
      expect([status, body]).to.deep.equal([501, body]);
      expect(body).to.contain(`the header ${name}: ${value}`);
    }
  });

  it('check the body against the hash that they carry', async () => {
    const hash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
    expect(await put('hashed', { 'x-amz-content-sha256': hash })).to.include({ status: 200 });
    const other = await put('hashed', { 'x-amz-content-sha256': hash.replace('2', '3') });
    expect(other.body).to.contain('XAmzContentSHA256Mismatch');
  });

  it('set headers of the answer, and ignore parameters that no operation has', async () => {
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: 'read', Body: 'hello', ContentType: 'a/b' }),
    );
    const parameters = {
      'response-content-disposition': 'attachment',
      'response-content-type': 'c/d',
      utm_source: 'mail',
    };
    const answer = await fetch(await presign('GET', `/${BUCKET}/read`, UNSIGNED, parameters));
    expect(await answer.text()).to.equal('hello');
    expect(answer.headers.get('content-disposition')).to.equal('attachment');
    expect(answer.headers.get('content-type')).to.equal('c/d');
  });

  describe('of signature version 2', () => {
    const sign = (
      method: string,
      path: string,
      query: Record<string, string>,
      secret = credentials.secretAccessKey,
    ) => {
      const url = `${path}?${new URLSearchParams({ AWSAccessKeyId: credentials.accessKeyId, ...query })}`;
      const { host } = new URL(fixture.endpoint);
      const signature = signVersion2({ method, url, headers: { host } } as IncomingMessage, secret);
      return `${fixture.endpoint}${url}&Signature=${encodeURIComponent(signature)}`;
    };
    const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);
    const path = `/${BUCKET}/version-2`;
    const codeOf = async (url: string) => /<Code>(\w+)</.exec(await (await fetch(url)).text())?.[1];

    it('are signed as the documentation shows', () => {
      // https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
      const url = '/johnsmith/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620';
      const request = { method: 'GET', url, headers: {} } as IncomingMessage;
      const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
      expect(signVersion2(request, secret)).to.equal('NpgCjnDzrM+WFzoENXmpNDUsSn8=');
    });

    it('are accepted until they expire, unless they were changed', async () => {
      const url = sign('PUT', path, { Expires: inSeconds(600), 'x-amz-meta-owner': 'joe' });
      expect(
        (await fetch(url, { method: 'PUT', body: new Uint8Array(Buffer.from('hello')) })).status,
      ).to.equal(200);
      const { Metadata } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'version-2' }));
      expect(Metadata).to.deep.equal({ owner: 'joe' });
      const read = sign('GET', path, { Expires: inSeconds(600) });
      expect(await (await fetch(read)).text()).to.equal('hello');
      expect(await codeOf(read.replace('version-2', 'other'))).to.equal('SignatureDoesNotMatch');
      expect(await codeOf(`${read}&versionId=null`)).to.equal('SignatureDoesNotMatch');
      expect(await codeOf(sign('GET', path, { Expires: inSeconds(600) }, 'guessed'))).to.equal(
        'SignatureDoesNotMatch',
      );
      expect(await codeOf(sign('GET', path, { Expires: inSeconds(-600) }))).to.equal('AccessDenied');
      for (const Expires of ['soon', ''])
        expect(await codeOf(sign('GET', path, { Expires }))).to.equal('InvalidRequest');
    });

    it('are refused if S3 accepts only version 4', async () => {
      const central = await startFixture({ region: 'eu-central-1' });
      try {
        const url = new URL(sign('GET', path, { Expires: inSeconds(600) }));
        url.port = new URL(central.endpoint).port;
        expect(await codeOf(url.href)).to.equal('InvalidRequest');
      } finally {
        await central.close();
      }
    });
  });
});
