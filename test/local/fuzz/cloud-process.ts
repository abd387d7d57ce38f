/** A process that is a local cloud, as a target of odd requests. It reports its address, and its errors. */
import { bootFixture } from '../support/fixture-stack';

async function main(): Promise<void> {
  const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const log = (message: string, error: unknown) =>
    say({ fault: `${message}: ${error instanceof Error ? error.stack : error}` });
  const { endpoint, region, credentials, bucketFolder, outputs, close } = await bootFixture({}, { log });
  say({ endpoint, region, credentials, bucketFolder, bucket: outputs.bucket_name });
  process.once('SIGTERM', () => void close().then(() => process.exit(0)));
}

void main();
