/** S3 alone, on folders, for one user: without a stack, for what needs only objects. */
import { randomBytes } from 'node:crypto';
import { clientConfig, clientEnvironment } from './core/client-config';
import { startGateway } from './core/gateway';
import { createS3 } from './services/s3';

export interface LocalS3 {
  /** What AWS SDK clients of it are made with. */
  clientConfig: ReturnType<typeof clientConfig>;
  /** The variables by which any other AWS client finds it. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** `buckets`: folder of each bucket, by its name. Listens on 127.0.0.1, and answers only who has its credentials. */
export async function startS3(buckets: Record<string, string>): Promise<LocalS3> {
  const region = 'us-east-1';
  const credentials = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
  const { accessKeyId, secretAccessKey } = credentials;
  const user = { caller: { accessKeyId, arn: 'arn:aws:iam::000000000000:user/local' }, secretAccessKey };
  const locations = Object.entries(buckets).map(([name, folder]) => [name, { folder }]);
  const s3 = createS3({ buckets: Object.fromEntries(locations), region });
  const gateway = await startGateway({
    services: [s3],
    identities: { find: (id) => (id === accessKeyId ? user : undefined) },
    region,
  });
  const access = { endpoint: gateway.endpoint, region, credentials };
  return {
    clientConfig: clientConfig(access),
    environment: clientEnvironment(access),
    async close() {
      await gateway.close();
      await s3.close();
    },
  };
}
