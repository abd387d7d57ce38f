/**
 * What people write without this project: one process, HEAD the output, GET, SHA-256, PUT.
 * node sdk-loop.mjs BUCKET PREFIX OUTPUT_PREFIX AT_A_TIME; prints the seconds from the first request to the last answer, as JSON.
 */
import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

const [Bucket, Prefix, output, atATime] = process.argv.slice(2);
const s3 = new S3Client({ requestHandler: { httpAgent: { maxSockets: Number(atATime) } } });
const keys = [];
for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
  keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
}

async function processNext() {
  for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
    const made = await s3.send(new HeadObjectCommand({ Bucket, Key: output + key })).catch(() => undefined);
    if (made) continue;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
    const hash = createHash('sha256');
    for await (const chunk of Body) hash.update(chunk);
    const Metadata = { 'made-by': 'loop' };
    await s3.send(new PutObjectCommand({ Bucket, Key: output + key, Body: `${hash.digest('hex')}\n`, Metadata }));
  }
}

const objects = keys.length;
const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(atATime) }, processNext));
const seconds = (performance.now() - startedAt) / 1000;
const { userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(JSON.stringify({ objects, seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }));
