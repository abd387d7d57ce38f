/** The message of a selection: about its counts, and about the objects in the local cloud's S3 if it has found nothing. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { SelectionCounts } from '../../../runtime/contract';
import type { Select } from '../../../runtime/selector/criteria/select';
import { describeSelection } from '../../../runtime/selector/message';
import type { Source } from '../../../runtime/selector/sources';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';
import { s3Answering } from '../support/s3-answering';
import { s3Of } from '../support/s3-of';
import { nothingCounted } from '../support/selection-counts';

describe('the message of a selection', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
    for (const Key of ['photos/2024/a.jpg', 'photos/2025/b.jpg', 'photos/2025/ü +.jpg', 'phone.txt', 'zoo/x'])
      await server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.from(Key) }));
    for (const letter of 'abcdef')
      await server.client.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: `many/${letter}`, Body: Buffer.from('x') }),
      );
  });
  after(() => server.close());

  const say = (
    counts: Partial<SelectionCounts>,
    {
      source = { kind: 'objects', objects: [] } as Source,
      prefix = undefined as string | undefined,
      select = {} as Select,
      isFull = false,
    } = {},
    client = server.client,
  ) =>
    describeSelection(
      s3Of(client),
      source,
      { prefix },
      {
        counts: { ...nothingCounted(), ...counts },
        select,
        keys: { isFull } as never,
      },
    );
  const below = (listed: string, prefix = listed) => ({
    source: { kind: 'prefix', bucket: BUCKET, prefix: listed, written: [] } as Source,
    prefix,
  });

  const refused = {
    match: 1,
    exclude: 2,
    larger_than: 3,
    smaller_than: 4,
    modified_after: 5,
    modified_before: 6,
    storage_class: 7,
    sample: 8000,
  };
  const counted: [string, Partial<SelectionCounts>, string, boolean?][] = [
    [
      'what is selected, and how large it is',
      { seen: 12_000, selected: 1_000, bytes: 1_234_567 },
      '1,000 of 12,000 objects selected (1.23 MB).',
    ],
    [
      'no size if one is unknown',
      { seen: 2, selected: 2, bytes: 5, without_size: 1 },
      '2 of 2 objects selected.',
    ],
    [
      'why objects are left out',
      { seen: 9_000, selected: 1, without_size: 1, refused, up_to_date: 9, duplicates: 10, missing: 1 },
      '1 of 9,000 objects selected; 1 do not match; 2 are excluded; 3 are not larger than larger_than; ' +
        '4 are not smaller than smaller_than; 5 are older than modified_after; 6 are not older than modified_before; ' +
        '7 have another storage class; 8,000 are outside of the sample; 9 are up to date; 10 are named twice; ' +
        '1 are selected although they do not exist.',
    ],
    [
      'that it cannot keep more keys',
      { seen: 1, selected: 1, without_size: 1 },
      '1 of 1 objects selected; keys that were named twice after the first 5,000,000 keys count twice.',
      true,
    ],
    [
      'that all is up to date, without examples',
      { seen: 3, up_to_date: 2, refused: { exclude: 1 }, examples: ['a'] },
      'No object is selected; 1 are excluded; 2 are up to date.',
    ],
    [
      'examples of the objects there',
      { seen: 2, refused: { exclude: 2 }, examples: ['a', 'b"'] },
      'No object is selected; 2 are excluded. There are for example "a", "b\\"".',
    ],
    ['that no object exists', {}, 'No object is selected. The manifest names no object.'],
  ];
  for (const [what, counts, message, isFull] of counted) {
    it(`says ${what}`, async () => expect(await say(counts, { isFull })).to.equal(message));
  }

  it('explains a glob without a folder only if it matched nothing', async () => {
    const counts = { seen: 2, refused: { match: 2 }, examples: ['in/a.jpg'] };
    const hint = ' A glob is matched with the whole key: **/*.jpg is at any depth.';
    const says = 'No object is selected; 2 do not match. There are for example "in/a.jpg".';
    expect(await say(counts, { select: { match: ['x/*.jpg', '*.jpg'] } })).to.equal(says + hint);
    expect(await say(counts, { select: { match: ['x/*.jpg'] } })).to.equal(says);
    const some = { ...counts, refused: { match: 1, exclude: 1 } };
    expect(await say(some, { select: { match: ['*.jpg'] } })).to.not.include(hint);
  });

  const nothing: [string, ReturnType<typeof below>, string][] = [
    [
      'the keys beside the prefix, similar ones first',
      below('photos/202/'),
      '"photos/202/" in the bucket bucket holds no object. There are "photos/2024/", "photos/2025/".',
    ],
    [
      'the keys a level above, if there are none beside it',
      below('photo/a/b/'),
      '"photo/a/b/" in the bucket bucket holds no object. There are "photos/", "phone.txt", "many/", "zoo/".',
    ],
    [
      'keys as they are',
      below('photos/2025/c.jpg'),
      '"photos/2025/c.jpg" in the bucket bucket holds no object. There are "photos/2025/b.jpg", "photos/2025/ü +.jpg".',
    ],
    [
      'five of them at most',
      below('many/x'),
      '"many/x" in the bucket bucket holds no object. There are "many/a", "many/b", "many/c", "many/d", "many/e".',
    ],
    [
      'that it has looked at the start of the glob',
      below('zoo/y', 'zoo/'),
      '"zoo/y" in the bucket bucket holds no object, where the glob starts. There are "zoo/x".',
    ],
    [
      'the objects that were added since',
      below('photos/2025/b.jpg'),
      '"photos/2025/b.jpg" in the bucket bucket holds no object. There are "photos/2025/b.jpg", "photos/2025/ü +.jpg".',
    ],
    ['that the bucket is empty', below(''), 'The bucket bucket holds no object.'],
  ];
  for (const [what, options, message] of nothing) {
    it(`says of an empty selection: ${what}`, async () =>
      expect(await say({}, options)).to.equal(`No object is selected. ${message}`));
  }

  it('names no other objects if it may not list them', async () => {
    const denied = s3Answering(() => ({ statusCode: 403 }));
    expect(await say({}, below('photos/x'), denied)).to.equal(
      'No object is selected. "photos/x" in the bucket bucket holds no object.',
    );
  });
});
