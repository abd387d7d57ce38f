/** The body of an answer to GET, held against the checksum that the answer names. It is the check of the SDK, with its own parts. */
import type { Readable } from 'node:stream';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { Sha1, Sha256 } from '@aws-sdk/checksums/sha';
import { createChecksumStream } from '@smithy/core/serde';
import type { Answer } from '../aws/direct-requests';

const ALGORITHMS = { sha256: Sha256, sha1: Sha1, crc32: Crc32, crc32c: Crc32c, crc64nvme: Crc64Nvme };

/** It fails at its end if the content is not what S3 has stored. */
export function verifiedBody({ headers, body }: Pick<Answer, 'headers' | 'body'>): Readable {
  for (const [name, Algorithm] of Object.entries(ALGORITHMS)) {
    const header = `x-amz-checksum-${name}`;
    const expected = headers[header];
    // That of a multipart upload, with the number of its parts, is of the parts' checksums.
    if (!expected || expected.includes('-')) continue;
    return createChecksumStream({
      expectedChecksum: expected,
      checksumSourceLocation: header,
      checksum: new Algorithm(),
      source: body as Readable,
    });
  }
  return body;
}
