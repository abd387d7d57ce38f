/** The signature of a request, and what the request says of it. */
export interface RequestSignature {
  /** 2 only of presigned requests to S3, which name no region. */
  version: 2 | 4;
  accessKeyId: string;
  region: string;
  /** As in the credential scope: `states`, `s3`. */
  service: string;
  /** Names in lower case. */
  signedHeaders: string[];
  /** In hexadecimal. */
  signature: string;
  sessionToken?: string;
  signedAt: Date;
  /** Seconds; presigned requests only. */
  expires?: number;
}

/** As the services read it, so that what is verified is what is obeyed. */
export function queryOf(url = ''): URLSearchParams {
  return new URLSearchParams(url.slice(url.indexOf('?') < 0 ? url.length : url.indexOf('?')));
}
