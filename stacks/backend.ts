/** Where Terraform keeps its state. */
import { S3Backend, type TerraformStack } from 'cdktf';
import type { Config } from './config';
import { stateKey } from './state-location';

/** An object in `stateBucket`, or the local file that is cdktf's default. */
export function configureBackend(stack: TerraformStack, config: Config): void {
  if (!config.stateBucket) return;
  new S3Backend(stack, {
    bucket: config.stateBucket,
    key: stateKey(config.namePrefix),
    region: config.stateRegion ?? config.region,
    encrypt: true,
  });
  // Locks with a conditional write to the bucket instead of a DynamoDB table. Not in cdktf's bindings.
  stack.addOverride('terraform.backend.s3.use_lockfile', true);
  stack.addOverride('terraform.required_version', '>= 1.11.0');
}
