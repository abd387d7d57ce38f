/** Signatures as clients make them, for odd requests that no client sends. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Signing {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** `service`: its name in the credential scope. With `applyChecksum`, the default, the body's hash is signed as well. */
export function signerOf(
  service: string,
  { region, credentials }: Signing,
  applyChecksum = true,
): SignatureV4 {
  const uriEscapePath = service !== 's3';
  return new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath, applyChecksum });
}
