/** ListBuckets: the caller's own buckets. */
import * as z from 'zod';
import { canonicalId } from '../bucket-options';
import { handler, wholeNumber } from '../parameters';
import { sendXml } from '../protocol/xml';

const MAX_BUCKETS = 10_000;

const query = {
  prefix: z.string().default(''),
  'bucket-region': z.string().optional(),
  'max-buckets': wholeNumber(1, MAX_BUCKETS).default(MAX_BUCKETS),
  'continuation-token': z.string().optional(),
};

/** @param buckets all of them, in the order of their names. A continuation token is the last name of the page before. */
export const listBuckets = (account: string | undefined, buckets: { name: string; region: string }[]) => {
  const CreationDate = new Date().toISOString();
  return handler({ query }, ({ response }, parameters) => {
    const {
      prefix,
      'bucket-region': region,
      'max-buckets': limit,
      'continuation-token': token = '',
    } = parameters;
    const wanted = buckets.filter(
      (each) =>
        each.name.startsWith(prefix) && each.name > token && [undefined, each.region].includes(region),
    );
    const page = wanted.slice(0, limit);
    sendXml(response, 'ListAllMyBucketsResult', {
      Owner: { ID: canonicalId(account) },
      Buckets: {
        Bucket: page.map(({ name, region: BucketRegion }) => ({ Name: name, CreationDate, BucketRegion })),
      },
      ContinuationToken: page.length < wanted.length ? page.at(-1)?.name : undefined,
      Prefix: prefix || undefined,
    });
  });
};
