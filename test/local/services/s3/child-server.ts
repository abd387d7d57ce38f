/** A process that serves a folder until it is killed; sends its parent its port, and on any message its memory in bytes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createS3 } from '../../../../local/services/s3';
import { BUCKET } from './server';

const s3 = createS3({ buckets: { [BUCKET]: { folder: process.argv[2] ?? '' } }, region: 'us-east-1' });
const caller = { accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:user/local' };
const server = createServer((request, response) => {
  void s3.read(request).handle(response, { caller, signal: new AbortController().signal });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', () => process.send?.(process.memoryUsage.rss()));
