/** The AWS provider, and where Terraform keeps its state: all that a destroy needs of a stack. */
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { App, LocalBackend, S3Backend, TerraformStack } from 'cdktf';
import type { Config } from './settings/complete-config';
import { stateKey } from './state-location';

/** State in an object of `stateBucket`, or in the local file that is cdktf's default. */
export function configureProvider(stack: TerraformStack, config: Config): void {
  new AwsProvider(stack, 'aws', {
    region: config.region,
    defaultTags: [{ tags: { Project: config.namePrefix, ...config.tags } }],
  });
  // The bindings are generated from 6.x; the stack keeps to what 5.100 has as well.
  stack.addOverride('terraform.required_providers.aws.version', '>= 5.100.0, < 7.0.0');
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

/**
 * Writes a stack without resources to `outputFolder`; returns its folder. Terraform destroys with it what the state holds. It reads
 * no data source, so a bucket or a VPC that is gone, or a processor that does not build, does not keep a deployment from being taken
 * down. `stateFile`: path of a local state.
 */
export function synthesizeEmptyStack(outputFolder: string, config: Config, stateFile: string): string {
  const app = new App({ outdir: outputFolder, stackTraces: false });
  const stack = new TerraformStack(app, config.namePrefix);
  configureProvider(stack, config);
  if (!config.stateBucket) new LocalBackend(stack, { path: stateFile });
  app.synth();
  return `${outputFolder}/stacks/${config.namePrefix}`;
}
