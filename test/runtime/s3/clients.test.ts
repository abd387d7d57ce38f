/** How each request reaches its bucket, as seen on the wire. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { expect } from 'chai';
import { S3Clients } from '../../../runtime/s3/clients';

describe('the clients of buckets', () => {
  let server: Server;
  let clients: S3Clients;
  let requests: IncomingMessage[];
  before(async () => {
    server = createServer((request, response) => {
      requests.push(request);
      request.resume().on('end', () => {
        response.setHeader('etag', '"e"');
        if (request.url?.includes('uploads'))
          response.end(
            '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
          );
        else if (request.url?.includes('list-type')) response.end('<ListBucketResult/>');
        else if (request.method === 'POST')
          response.end('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>');
        else response.end();
      });
    });
    // Clients alone close connections.
    server.keepAliveTimeout = 0;
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    clients = new S3Clients(
      {
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      },
      { theirs: { owner: '111122223333', region: 'eu-west-1', requesterPays: true } },
    );
  });
  beforeEach(() => {
    requests = [];
  });
  after(() => {
    clients.destroy();
    server.closeAllConnections();
    server.close();
  });

  const seen = () =>
    requests.map(({ headers }) => ({
      region: /Credential=[^/]+\/\d+\/([^/]+)/.exec(headers.authorization ?? '')?.[1],
      owner: headers['x-amz-expected-bucket-owner'],
      payer: headers['x-amz-request-payer'],
    }));

  it('name owner, region and payer in every operation on the bucket, the parts of an upload included', async () => {
    const s3 = clients.of('theirs');
    const object = { Bucket: 'theirs', Key: 'k' };
    await s3.send(new GetObjectCommand(object));
    await s3.send(new HeadObjectCommand(object));
    await s3.send(new ListObjectsV2Command({ Bucket: 'theirs' }));
    await s3.send(new PutObjectCommand({ ...object, Body: 'x' }));
    await new Upload({ client: s3, params: { ...object, Body: Buffer.alloc(6 * 2 ** 20) } }).done();
    expect(requests).to.have.length(8);
    for (const each of seen())
      expect(each).to.deep.equal({ region: 'eu-west-1', owner: '111122223333', payer: 'requester' });
  });

  it('leave requests to other buckets as they are', async () => {
    for (const Bucket of ['ours', 'toString', 'constructor'])
      await clients.of(Bucket).send(new GetObjectCommand({ Bucket, Key: 'k' }));
    for (const each of seen())
      expect(each).to.deep.equal({ region: 'us-east-1', owner: undefined, payer: undefined });
  });

  it('name the owner also if a processor uses its own client', async () => {
    await clients.own.send(new GetObjectCommand({ Bucket: 'theirs', Key: 'k' }));
    expect(seen()[0]).to.deep.include({ owner: '111122223333', payer: 'requester' });
  });

  it('close their connections in every region when they are destroyed', async () => {
    for (const Bucket of ['ours', 'theirs'])
      await clients.of(Bucket).send(new ListObjectsV2Command({ Bucket }));
    const closed = requests.map(({ socket }) => once(socket, 'close'));
    clients.destroy();
    await Promise.all(closed);
  });
});
