/** Where Terraform keeps the state of a deployment. */

/** Key in the bucket of the S3 backend (setting `stateBucket`). */
export function stateKey(namePrefix: string): string {
  return `${namePrefix}/terraform.tfstate`;
}

/** File beside cdktf.json without such a bucket, as cdktf names it. */
export function stateFile(namePrefix: string): string {
  return `terraform.${namePrefix}.tfstate`;
}
