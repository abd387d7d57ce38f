import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { describe as describeObject, head } from '../../../runtime/selector/head';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';
import { failure } from '../../support/failure';
import { s3Answering } from '../support/s3-answering';

describe('a HEAD request for an object', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('gives all details that criteria use', async () => {
    // The clock of the file system is a tick behind.
    const before = Math.floor(Date.now() / 1000 - 1) * 1000;
    await server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: Buffer.from('four') }));
    const { modified, ...found } = (await describeObject(server.client, BUCKET, 'a')) ?? {};
    expect(found).to.deep.equal({
      key: 'a',
      size: 4,
      storageClass: 'STANDARD',
      etag: '8cbad96aced40b3838dd9f07f6ef5772',
    });
    expect(modified).to.be.within(before, Date.now());
    expect(await describeObject(server.client, BUCKET, 'none')).to.equal(undefined);
  });

  it('finds nothing if the object is missing or access is denied, and fails if S3 has a problem', async () => {
    const s3Of = (statusCode: number, headers = {}) => s3Answering(() => ({ statusCode, headers }));
    for (const status of [404, 403]) expect(await head(s3Of(status), 'b', 'k')).to.equal(undefined);
    for (const status of [400, 503])
      expect(await failure(head(s3Of(status), 'b', 'k'))).to.have.nested.property(
        '$metadata.httpStatusCode',
        status,
      );
    const glacier = s3Of(200, { 'x-amz-storage-class': 'GLACIER', 'content-length': '7' });
    expect(await describeObject(glacier, 'b', 'k')).to.include({ storageClass: 'GLACIER', size: 7 });
  });
});
