import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { failure } from '../../../../support/failure';
import { signerOf } from '../../../support/signer';
import {
  BUCKET,
  type Fixture,
  headLines,
  presign,
  REGION,
  sign,
  startFixture,
  type Unsigned,
} from '../fixture';

const TARGET = { 'x-amz-target': 'ECS.ListTasks', 'content-type': 'application/x-amz-json-1.1' };
const LIST: Unsigned = { service: 'ecs', headers: TARGET, body: '{}' };
const UNSIGNED_PAYLOAD = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
const GET: Unsigned = { service: 's3', method: 'GET', path: `/${BUCKET}/secret`, headers: UNSIGNED_PAYLOAD };
const PUT: Unsigned = { service: 's3', method: 'PUT', path: `/${BUCKET}/new`, headers: UNSIGNED_PAYLOAD };

describe('signatures', () => {
  let fixture: Fixture;

  before(async () => {
    fixture = await startFixture();
    await writeFile(join(fixture.folder, 'secret'), 'secret');
  });
  after(() => fixture.close());

  const send = async (first: string, headers: Record<string, string>, body: string | Buffer = '') => {
    const connection = await fixture.open();
    const answer = await connection
      .send(headLines(first, { 'content-length': String(body.length), ...headers }), body)
      .answer();
    connection.destroy();
    return answer;
  };
  const list = (headers: Record<string, string>, body = '{}') => send('POST /', headers, body);
  const codeOf = (answer: Awaited<ReturnType<typeof send>>) =>
    /<Code>(\w+)/.exec(answer?.body ?? '')?.[1] ??
    /"__type":"(\w+)/.exec(answer?.body ?? '')?.[1] ??
    answer?.status;

  it('cover the host and all x-amz- headers', async () => {
    const signed = await sign(fixture, GET);
    for (const [name, value] of [
      ['x-amz-copy-source', `/${BUCKET}/secret`],
      ['x-amz-acl', 'private'],
      ['X-Amz-Meta-Owner', 'me'],
      ['x-amz-anything', ''],
    ] as const) {
      const answer = await send(`GET ${GET.path}`, { ...signed, [name]: value });
      expect(answer?.status).to.equal(403);
      expect(answer?.body).to.contain('There were headers present in the request which were not signed');
      expect(answer?.body).to.contain(`<HeadersNotSigned>${name.toLowerCase()}</HeadersNotSigned>`);
    }
    const ofHost = { ...signed, authorization: String(signed.authorization).replace('host;', '') };
    expect((await send(`GET ${GET.path}`, ofHost))?.body).to.contain('<HeadersNotSigned>host<');

    const { 'x-amz-target': _, ...headers } = TARGET;
    const untargeted = await sign(fixture, { ...LIST, headers });
    const answer = await list({ ...untargeted, 'x-amz-target': 'ECS.ListTasks' });
    expect(codeOf(answer)).to.equal('InvalidSignatureException');
    expect(answer?.body).to.contain("'x-amz-target' must be a 'SignedHeader'");
  });

  it('of a presigned upload accept no copy, no metadata and no other header that was not signed', async () => {
    const target = await presign(fixture, { ...PUT, headers: {} });
    for (const name of ['x-amz-copy-source', 'x-amz-meta-owner', 'x-amz-website-redirect-location']) {
      const answer = await send(`PUT ${target}`, { host: fixture.host, [name]: `/${BUCKET}/secret` });
      expect(codeOf(answer)).to.equal('AccessDenied');
      expect(answer?.body).to.contain(`<HeadersNotSigned>${name}<`);
    }
    expect(await readdir(fixture.folder)).to.not.include('new');
    expect(
      (await send(`PUT ${target}`, { host: fixture.host, 'content-type': 'a/b' }, 'hello'))?.status,
    ).to.equal(200);
    expect(await readFile(join(fixture.folder, 'new'), 'utf8')).to.equal('hello');
  });

  it('cover the body, by the hash that each service requires', async () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const declared = (hash: string) =>
      sign(fixture, { ...LIST, headers: { ...TARGET, 'x-amz-content-sha256': hash } });
    expect((await list(await sign(fixture, LIST)))?.status).to.equal(200);
    expect((await list(await declared(sha256('{}'))))?.status).to.equal(200);
    for (const [headers, body] of [
      [await sign(fixture, LIST), '{"a":1}'],
      [await declared(sha256('{}')), '{"a":1}'],
      [await declared(sha256('{"a":1}')), '{}'],
      [await declared('UNSIGNED-PAYLOAD'), '{}'],
      [await declared(''), '{}'],
    ] as const) {
      expect(codeOf(await list(headers, body))).to.equal('InvalidSignatureException');
    }

    const put = async (headers: Record<string, string>, body = 'hello') =>
      codeOf(await send(`PUT ${PUT.path}`, await sign(fixture, { ...PUT, headers }), body));
    expect(await put({})).to.equal('InvalidRequest');
    for (const odd of [
      '',
      'unsigned-payload',
      'STREAMING-',
      'x'.repeat(64),
      'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
    ]) {
      expect(await put({ 'x-amz-content-sha256': odd }), odd).to.equal('InvalidArgument');
    }
    expect(await put({ 'x-amz-content-sha256': sha256('other') })).to.equal('XAmzContentSHA256Mismatch');
    expect(await put({ 'x-amz-content-sha256': sha256('hello') })).to.equal(200);
  });

  it('are for the region of the services', async () => {
    const elsewhere = { ...fixture.client, region: 'us-west-2' };
    const get = new GetObjectCommand({ Bucket: BUCKET, Key: 'secret' });
    const s3 = await failure(new S3Client(elsewhere).send(get));
    expect(s3).to.include({ name: 'AuthorizationHeaderMalformed', Region: REGION });
    expect(s3.message).to.equal(
      "The authorization header is malformed; the region 'us-west-2' is wrong; expecting 'eu-west-1'",
    );
    const target = await presign(fixture, { ...GET, headers: {}, region: 'us-west-2' });
    const presigned = await send(`GET ${target}`, { host: fixture.host });
    expect(codeOf(presigned)).to.equal('AuthorizationQueryParametersError');
    expect(presigned?.body).to.contain("the region 'us-west-2' is wrong; expecting 'eu-west-1'");
    const ecs = await failure(new ECSClient(elsewhere).send(new ListTasksCommand({})));
    expect(ecs.name).to.equal('InvalidSignatureException');
    expect(ecs.message).to.equal("Credential should be scoped to a valid region, not 'us-west-2'.");
    const groups = new DescribeAutoScalingGroupsCommand({});
    const scaling = await failure(new AutoScalingClient(elsewhere).send(groups));
    expect(scaling.name).to.equal('SignatureDoesNotMatch');
  });

  it('have one form', async () => {
    const headers = await sign(fixture, LIST);
    const { authorization = '' } = headers;
    for (const odd of [
      'AWS4-HMAC-SHA256',
      'AWS4-HMAC-SHA256 ',
      authorization.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
      authorization.replace('aws4_request', 'aws4'),
      authorization.replace(/\/\d{8}\//, '/20200101/'),
      authorization.replace('aws4_request', 'x/aws4_request'),
      authorization.replace('SignedHeaders', 'Signed'),
      authorization.replace(/Signature=.*/, 'Signature='),
      `${authorization}, Credential=AKIATEST/20260101/eu-west-1/s3/aws4_request`,
      `${authorization}, Date=20260101T000000Z`,
      `${authorization}, __proto__=x`,
      'Bearer token',
      'Basic QUtJQVRFU1Q6c2VjcmV0',
    ]) {
      expect(codeOf(await list({ ...headers, authorization: odd })), odd).to.equal(
        'IncompleteSignatureException',
      );
    }
    for (const date of ['', 'now', '20261301T000000Z', '2026-01-01T00:00:00Z']) {
      const answer = await list({ ...headers, 'x-amz-date': date });
      expect(codeOf(answer), date).to.equal('IncompleteSignatureException');
    }
    const rest = headLines('POST /', { ...headers, 'content-length': '2' });
    const connection = await fixture.open();
    const twice = await connection.send([...rest, 'authorization: AWS4-HMAC-SHA256 x'], '{}').answer();
    expect(codeOf(twice)).to.equal('IncompleteSignatureException');
    connection.destroy();
    // All signed parts depend on each other.
    for (const changed of [
      authorization.replace(/SignedHeaders=/, 'SignedHeaders=accept;'),
      authorization.replace('host', 'HOST'),
    ]) {
      expect(codeOf(await list({ ...headers, authorization: changed }))).to.equal(
        'InvalidSignatureException',
      );
    }
  });

  it('in a query have one form, and are either there or in the header', async () => {
    const target = await presign(fixture, { ...GET, headers: {} });
    const host = { host: fixture.host };
    expect((await send(`GET ${target}`, host))?.body).to.equal('secret');
    for (const odd of [
      `${target}&X-Amz-Signature=00`,
      `${target}&X-Amz-Expires=604800`,
      `${target}&X-Amz-Credential=AKIATEST`,
      target.replace('X-Amz-Expires=60', 'X-Amz-Expires=604801'),
      target.replace('X-Amz-Expires=60', 'X-Amz-Expires=-1'),
      target.replace('X-Amz-Expires=60', 'X-Amz-Expires=1e3'),
      target.replace('X-Amz-Expires=60', ''),
      target.replace('X-Amz-Date', 'X-Amz-Day'),
      target.replace('X-Amz-Algorithm=AWS4-HMAC-SHA256', 'X-Amz-Algorithm=AWS4'),
    ]) {
      expect(codeOf(await send(`GET ${odd}`, host)), odd).to.equal('AuthorizationQueryParametersError');
    }
    for (const changed of [
      `${target}&prefix=a`,
      `${target}&__proto__=a`,
      target.replace('Expires=60', 'Expires=61'),
    ]) {
      expect(codeOf(await send(`GET ${changed}`, host)), changed).to.equal('SignatureDoesNotMatch');
    }
    const both = await send(`GET ${target}`, { ...(await sign(fixture, GET)) });
    expect(codeOf(both)).to.equal('InvalidArgument');
    expect(both?.body).to.contain('Only one auth mechanism allowed');
  });

  it('cover the query as the service reads it', async () => {
    for (const name of ['a b', 'a+b']) {
      await mkdir(join(fixture.folder, name));
      await writeFile(join(fixture.folder, name, 'file'), '');
    }
    const query = { 'list-type': '2', prefix: 'a b' };
    const listing: Unsigned = {
      service: 's3',
      method: 'GET',
      path: `/${BUCKET}`,
      query,
      headers: UNSIGNED_PAYLOAD,
    };
    const headers = await sign(fixture, listing);
    for (const prefix of ['a%20b', 'a+b', '%61%20b']) {
      const answer = await send(`GET /${BUCKET}?list-type=2&prefix=${prefix}`, headers);
      expect(answer?.body).to.contain('<Key>a b/file</Key>').and.to.not.contain('a+b');
    }
    for (const prefix of ['a%2Bb', 'a%20b&prefix=a%2Bb', 'a%20b&prefix=a%20b', 'a%20b;']) {
      const answer = await send(`GET /${BUCKET}?list-type=2&prefix=${prefix}`, headers);
      expect(codeOf(answer), prefix).to.equal('SignatureDoesNotMatch');
    }
  });

  describe('of chunks', () => {
    const empty = new Uint8Array();
    const CRC = 'x-amz-checksum-crc32:NhCmhg==';

    /** The request of a client that signs `hello` in two chunks; `change` alters it in transit. */
    async function upload(hasTrailer: boolean, change = (body: string) => body) {
      const signingDate = new Date();
      const headers: Record<string, string> = {
        'x-amz-content-sha256': `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${hasTrailer ? '-TRAILER' : ''}`,
        'x-amz-decoded-content-length': '5',
        'content-encoding': 'aws-chunked',
        ...(hasTrailer && { 'x-amz-trailer': 'x-amz-checksum-crc32' }),
      };
      const signed = await sign(fixture, { ...PUT, path: `/${BUCKET}/chunked`, headers, signingDate });
      const signer = signerOf('s3', fixture.client, false);
      let [, priorSignature = ''] = /Signature=(\w+)/.exec(signed.authorization ?? '') ?? [];
      const seed = priorSignature;
      let body = '';
      for (const part of ['hel', 'lo', '']) {
        const payload = Buffer.from(part);
        priorSignature = await signer.sign({ headers: empty, payload }, { signingDate, priorSignature });
        body += `${part.length};chunk-signature=${priorSignature}\r\n${part}${part && '\r\n'}`;
      }
      if (hasTrailer) {
        const date = String(signed['x-amz-date']);
        const scope = `${date.slice(0, 8)}/${REGION}/s3/aws4_request`;
        const hash = createHash('sha256').update(`${CRC}\n`).digest('hex');
        const text = ['AWS4-HMAC-SHA256-TRAILER', date, scope, priorSignature, hash].join('\n');
        body += `${CRC}\r\nx-amz-trailer-signature:${await signer.sign(text, { signingDate })}\r\n`;
      }
      const sent = change(`${body}\r\n`.replaceAll('SEED', seed));
      return codeOf(
        await send(`PUT /${BUCKET}/chunked`, { ...signed, 'content-length': String(sent.length) }, sent),
      );
    }

    for (const hasTrailer of [false, true]) {
      it(`are valid, and invalid after any change, ${hasTrailer ? 'with' : 'without'} a trailer`, async () => {
        const put = new PutObjectCommand({ Bucket: BUCKET, Key: 'chunked', Body: 'before' });
        await new S3Client(fixture.client).send(put);
        for (const change of [
          (body: string) => body.replace('hel', 'HEL'),
          (body: string) => body.replace(/(\d;chunk-signature=)./, '$1g'),
          (body: string) => body.replace(/;chunk-signature=\w+/, ''),
          (body: string) => body.replace(/0;chunk-signature=\w+/, `0;chunk-signature=${'0'.repeat(64)}`),
          (body: string) => body.replace(/^(3.*\r\nhel\r\n)(2.*\r\nlo\r\n)/, '$2$1'),
          ...(hasTrailer ? [(body: string) => body.replace(/x-amz-trailer-signature:.*\r\n/, '')] : []),
        ]) {
          expect(await upload(hasTrailer, change), String(change)).to.equal('SignatureDoesNotMatch');
        }
        expect(await readFile(join(fixture.folder, 'chunked'), 'utf8')).to.equal('before');
        expect(await upload(hasTrailer)).to.equal(200);
        expect(await readFile(join(fixture.folder, 'chunked'), 'utf8')).to.equal('hello');
      });
    }

    it('are valid with trailers that are not announced as signed', async () => {
      const change = (body: string) => body.replace(/\r\n\r\n$/, `\r\n${CRC}\r\n\r\n`);
      expect(await upload(false, change)).to.equal('SignatureDoesNotMatch');
    });
  });
});
