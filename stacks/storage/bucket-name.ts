/**
 * The bucket that the stack makes. Bucket names are global: account and region make this one unique. `account` may be a
 * Terraform expression.
 */
export function ownBucketName(prefix: string, account: string, region: string): string {
  return `${prefix}-${account}-${region}`;
}
