/**
 * Whether a content is stored compressed. The last encoding is the outermost; `aws-chunked` is one of the transfer, which some
 * clients have stored.
 */
export function isGzip(contentEncoding = ''): boolean {
  const encodings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((encoding) => encoding.trim());
  return /^(x-)?gzip$/.test(encodings.filter((encoding) => encoding !== 'aws-chunked').at(-1) ?? '');
}
