/** Where Terraform keeps its state. */
import { S3Backend, type TerraformStack } from 'cdktf';
import { stateKey } from './agreed-names';
import type { Config } from './config';

/** The state is a local file, cdktf's default, or an object in `stateBucket`. */
export function configureBackend(stack: TerraformStack, config: Config): void {
  if (!config.stateBucket) return;
  new S3Backend(stack, {
    bucket: config.stateBucket,
    key: stateKey(config),
    region: config.stateRegion ?? config.region,
    encrypt: true,
  });
  // Locks with a conditional write to the bucket instead of a DynamoDB table. Not in cdktf's bindings.
  stack.addOverride('terraform.backend.s3.use_lockfile', true);
  stack.addOverride('terraform.required_version', '>= 1.11.0');
}
