/** Every operation of the SDK, as the SDK sends it: answered, or refused with the name that AWS gives it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { createS3 } from '../../../../local/services/s3';
import { BUCKET, startServer, type TestServer } from './server';

interface Requested {
  name: string;
  method: string;
  path: string;
}

/** Operations of another host: they are not requests to a bucket. */
const ELSEWHERE = ['ListDirectoryBuckets', 'WriteGetObjectResponse'];

/** The SDK's own model: [9, namespace, name, { http: [method, path] }, …]. */
const requests: Requested[] = Object.values(sdk)
  .filter((each): each is never => Array.isArray(each) && each[0] === 9)
  .map((each: [number, string, string, { http: [string, string] }]) => each)
  .map(([, , name, { http }]) => ({ name, method: http[0], path: http[1] }))
  .filter(({ name }) => !ELSEWHERE.includes(name));

/** The parts of a request that the model takes from the members of an input. */
const MEMBERS: Record<string, string> = {
  GetObjectAnnotation: 'annotationName=one',
  ListParts: 'uploadId=none',
  UploadPart: 'uploadId=none&partNumber=1',
  UploadPartCopy: 'uploadId=none&partNumber=1',
  AbortMultipartUpload: 'uploadId=none',
  CompleteMultipartUpload: 'uploadId=none',
  ...Object.fromEntries(
    ['Analytics', 'IntelligentTiering', 'Inventory', 'Metrics'].map((each) => [
      `GetBucket${each}Configuration`,
      'id=one',
    ]),
  ),
};
const COPIES: Record<string, string> = { 'x-amz-copy-source': `/${BUCKET}/key` };

describe('the operations of S3', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
    await server.client.send(new sdk.PutObjectCommand({ Bucket: BUCKET, Key: 'key', Body: 'kept' }));
  });
  afterEach(() => server.close());

  const done = createS3({ buckets: {}, region: 'us-east-1' }).operations;

  it('are known by their names', () => {
    expect(requests.length).to.be.above(100);
    expect(done.filter((each) => !requests.some(({ name }) => name === each))).to.deep.equal([]);
  });

  it('that are not implemented are errors that name them, and change nothing', async () => {
    for (const { name, method, path } of requests.filter((each) => !done.includes(each.name))) {
      const url = `/${BUCKET}${path.replace('{Key+}', 'key')}${path.includes('?') ? '&' : '?'}${MEMBERS[name] ?? ''}`;
      const answer = await fetch(server.endpoint + url, { method, ...(method === 'PUT' && { body: 'x' }) });
      const text = await answer.text();
      expect([answer.status, text], name).to.deep.equal([501, text]);
      expect(text, name).to.contain(`does not implement ${name}: ${method} `);
    }
    expect(await readFile(join(server.folder, 'key'), 'utf8')).to.equal('kept');
    expect((await readdir(server.folder)).sort()).to.deep.equal(['.s3', 'key']);
  });

  it('that are carried out need their own permissions, with any other parameters in the query', async () => {
    for (const { name, method, path } of requests.filter((each) => done.includes(each.name))) {
      const isService = name === 'ListBuckets';
      const [where = '', query = ''] = path.split('?');
      const url = `${isService ? '' : `/${BUCKET}`}${where.replace('{Key+}', 'other')}?${query}&${MEMBERS[name] ?? ''}&unknown=1&x-id=${name}`;
      const headers = /Copy/.test(name) ? COPIES : undefined;
      server.needed.length = 0;
      const answer = await fetch(server.endpoint + url, {
        method,
        headers,
        ...(/POST|PUT/.test(method) && { body: 'x' }),
      });
      const text = await answer.text();
      expect(text, name).not.to.match(/NotImplemented|InternalError|MethodNotAllowed|undefined/);
      expect(answer.status, `${name} ${text}`).to.be.below(500);
      expect(server.needed.flat().join(), name).to.match(/^s3:\w+ /);
    }
  });

  it('are two, or none, for requests that AWS does not define', async () => {
    for (const [method, path, code, text] of [
      ['GET', '?acl&policy', 'InvalidArgument', 'Conflicting query string parameters: acl, policy'],
      ['POST', '?acl', 'MethodNotAllowed', ''],
      ['PATCH', '/key', 'MethodNotAllowed', ''],
      ['DELETE', '/key?acl', 'MethodNotAllowed', ''],
      ['GET', '/key?uploads', 'MethodNotAllowed', ''],
    ] as const) {
      const answer = await (await fetch(`${server.endpoint}/${BUCKET}${path}`, { method })).text();
      expect(answer, path).to.contain(`<Code>${code}<`).and.to.contain(text);
    }
  });
});
