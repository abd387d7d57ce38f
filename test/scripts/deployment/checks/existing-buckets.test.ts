/** The check of existing buckets before a deployment, by real requests. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { UsageError } from '../../../../scripts/cli/usage-error';
import { checkExistingBuckets } from '../../../../scripts/deployment/checks/existing-buckets';
import { loadConfig } from '../../../../stacks/settings/config';
import { failure } from '../../../support/failure';

const CALLER = { accountId: '000000000000', arn: 'arn:aws:iam::000000000000:user/me', partition: 'aws' };
const THEIRS = '111122223333';
/** The bucket in S3: region, owner, and whether the caller may read it. */
const BUCKETS: Record<string, { region: string; owner: string; closed?: boolean }> = {
  mine: { region: 'us-east-1', owner: CALLER.accountId },
  far: { region: 'eu-west-1', owner: CALLER.accountId },
  theirs: { region: 'us-east-1', owner: THEIRS },
  'theirs-closed': { region: 'us-east-1', owner: THEIRS, closed: true },
};
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'AKIA',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL_S3: '',
};

describe('the check of existing buckets', () => {
  let server: Server;
  const before_ = Object.keys(ENVIRONMENT).map((name) => [name, process.env[name]] as const);
  before(async () => {
    server = createServer(({ url = '', headers }, response) => {
      const bucket = BUCKETS[url.slice(1).split(/[/?]/)[0] ?? ''];
      const signed = /Credential=[^/]+\/\d+\/([^/]+)/.exec(headers.authorization ?? '')?.[1];
      const expected = headers['x-amz-expected-bucket-owner'] ?? bucket?.owner;
      if (bucket) response.setHeader('x-amz-bucket-region', bucket.region);
      const status = !bucket
        ? 404
        : signed !== bucket.region
          ? 301
          : bucket.closed || expected !== bucket.owner
            ? 403
            : 200;
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, { ...ENVIRONMENT, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
  });
  after(() => {
    for (const [name, value] of before_) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    server.close();
  });

  const check = (environment: Record<string, string>) =>
    checkExistingBuckets(loadConfig({ environment, context: {} }), CALLER);

  it('accepts buckets whose region and owner match the settings', async () => {
    expect(
      await check({
        BATCH_BUCKET: 'mine',
        BATCH_READ_BUCKETS: `far region=eu-west-1, theirs owner=${THEIRS}`,
        BATCH_OUTPUT_BUCKET: 'theirs owner=111122223333',
      }),
    ).to.deep.equal([]);
    expect(await check({ BATCH_READ_BUCKETS: 'theirs owner=any' })).to.deep.equal([]);
    expect(await check({})).to.deep.equal([]);
  });

  it('notes the facts that only an execution can show', async () => {
    const notes = await check({ BATCH_READ_BUCKETS: `theirs-closed owner=${THEIRS}` });
    expect(notes).to.deep.equal([
      `The bucket theirs-closed of account ${THEIRS} does not let you look at it: only an execution shows whether its owner allows the deployment.`,
    ]);
  });

  const refused: [string, Record<string, string>, RegExp][] = [
    ['a missing one', { BATCH_READ_BUCKETS: 'nowhere' }, /^The bucket nowhere does not exist: create it/],
    [
      'one in another region',
      { BATCH_READ_BUCKETS: 'far' },
      /^The bucket far is in eu-west-1, but the settings say us-east-1: write "far region=eu-west-1" in readBuckets or outputBucket\.$/,
    ],
    [
      'one that is not in the region that it names',
      { BATCH_OUTPUT_BUCKET: `theirs owner=${THEIRS} region=eu-west-1` },
      /^The bucket theirs is in us-east-1, but the settings say eu-west-1: write "theirs region=us-east-1"/,
    ],
    [
      'its own in another region',
      { BATCH_BUCKET: 'far' },
      /^The bucket far is in eu-west-1, but the settings say us-east-1: give a bucket in us-east-1, or --region eu-west-1\.$/,
    ],
    [
      "another account's without its owner",
      { BATCH_READ_BUCKETS: 'theirs' },
      /^The bucket theirs belongs to another account than 000000000000, or you may not use it: .* or its owner/,
    ],
    [
      'the bucket that the stack makes',
      { BATCH_READ_BUCKETS: 'batch-processor-000000000000-us-east-1' },
      /is the deployment's own: leave it out/,
    ],
  ];
  for (const [what, environment, message] of refused) {
    it(`refuses ${what}`, async () => {
      const error = await failure(check(environment));
      expect(error).to.be.instanceOf(UsageError);
      expect(error.message).to.match(message);
    });
  }
});
