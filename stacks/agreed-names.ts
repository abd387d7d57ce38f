/**
 * Names that the stack and scripts agree on. Apart from the constructs: scripts start faster when they do not load CDKTF.
 */
import type { Config } from './config';

/** As cdktf names the local state, beside cdktf.json. */
export function localStateFile({ namePrefix }: Pick<Config, 'namePrefix'>): string {
  return `terraform.${namePrefix}.tfstate`;
}

/** Key of the state in `stateBucket`. */
export function stateKey({ namePrefix }: Pick<Config, 'namePrefix'>): string {
  return `${namePrefix}/terraform.tfstate`;
}

/**
 * The bucket that the stack makes. Bucket names are global: account and region make this one unique. `account` may be a
 * Terraform expression.
 */
export function ownBucketName(prefix: string, account: string, region: string): string {
  return `${prefix}-${account}-${region}`;
}
