/** The text of an existing bucket in `readBuckets` and `outputBucket`: its name, and how it is reached, separated by spaces. */

export interface ExistingBucket {
  name: string;
  /** Account that owns it. Default: the deployment's; `any`: the owner is not checked. */
  owner?: string;
  /** Default: the deployment's. */
  region?: string;
  /** ARN of the KMS key that encrypts its objects. */
  keyArn?: string;
  requesterPays: boolean;
}

export const BUCKET_NAME = '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]';
/** `eu-west-1`, `us-gov-east-1`, `eusc-de-east-1`, `us-isob-east-1`. */
export const REGION_NAME = '(?:[a-z]{2}|[a-z]{4})(?:-[a-z]+)+-\\d{1,2}';
export const KEY_ARN = 'arn:[^:\\s,]+:kms:[^:\\s,]+:\\d{12}:key/[\\w-]+';

const WORDS = ['owner=(?:\\d{12}|any)', `region=${REGION_NAME}`, `key=${KEY_ARN}`, 'requester-pays'];
/** No word twice. */
const REPEATED = '(?!.* (owner|region|key|requester-pays)\\b.* \\1\\b)';

export const EXISTING_BUCKET = {
  pattern: new RegExp(`^${REPEATED}${BUCKET_NAME}(?: +(?:${WORDS.join('|')}))*$`),
  allowed:
    'a bucket and words that say how to reach it, such as "their-data owner=111122223333 region=eu-west-1 key=arn:aws:kms:… requester-pays"',
};

/** `text`: as EXISTING_BUCKET allows it. */
export function parseExistingBucket(text: string): ExistingBucket {
  const [name = '', ...words] = text.split(/ +/);
  const wordOf = (word: string) => words.find((each) => each.startsWith(`${word}=`))?.slice(word.length + 1);
  return {
    name,
    owner: wordOf('owner'),
    region: wordOf('region'),
    keyArn: wordOf('key'),
    requesterPays: words.includes('requester-pays'),
  };
}
