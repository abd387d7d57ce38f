/** Lets scripts take a local cloud for a deployment on AWS: a Terraform state in its bucket, and a repository with the image. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestCloud } from './cloud';

export interface AwsStandIn {
  /** The variables by which `--target aws` finds the deployment. */
  environment: Record<string, string>;
  /** Whether the repository has the image. Default true. */
  hasImage: boolean;
  close(): void;
}

export async function standInForAws(test: TestCloud): Promise<AwsStandIn> {
  const { cloud } = test;
  const outputs = Object.entries(cloud.outputs).map(([name, value]) => [name, { value }]);
  const resources = [
    { mode: 'managed', type: 'aws_s3_bucket', name: 'data', instances: [{ attributes: {} }] },
  ];
  const state = JSON.stringify({ version: 4, outputs: Object.fromEntries(outputs), resources });
  await test.put(['batch-processor/terraform.tfstate'], () => state);
  const repository = createServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (standIn.hasImage) response.end(JSON.stringify({ imageDetails: [{}] }));
    else response.writeHead(400).end(JSON.stringify({ __type: 'ImageNotFoundException' }));
  }).listen(0, '127.0.0.1');
  await once(repository, 'listening');
  const standIn: AwsStandIn = {
    hasImage: true,
    environment: {
      ...cloud.environment,
      AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${(repository.address() as AddressInfo).port}`,
      BATCH_REGION: cloud.region,
      BATCH_STATE_BUCKET: String(cloud.outputs.bucket_name),
    },
    close: () => repository.close(),
  };
  return standIn;
}
