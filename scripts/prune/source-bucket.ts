/** Which bucket an output's source was in. Provenance has only a hash of bucket and key, and the output's key contains the source's. */
import { hashSource } from '../../runtime/provenance';

/**
 * Whether the output was made from an object of the bucket, there or gone. `source`: the hash in its provenance. An output's key is a
 * prefix that ends with `/`, the source's key and a suffix.
 */
export function isMadeFrom(bucket: string, outputKey: string, source: string): boolean {
  for (let start = outputKey.indexOf('/') + 1; start > 0; start = outputKey.indexOf('/', start) + 1) {
    for (let end = outputKey.length; end > start; end--) {
      if (hashSource(bucket, outputKey.slice(start, end)) === source) return true;
    }
  }
  return false;
}
