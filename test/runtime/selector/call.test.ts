import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { BUCKET } from '../../local/services/s3/server';
import { failure as rejection } from '../../support/failure';
import { type Given, useSelections } from '../support/selections';

const KEYS = [
  'data/a.jpg',
  'data/b.jpg',
  'data/sub/c.jpg',
  'data/sub/d.txt',
  'data/tmp/e.jpg',
  'input/ü +%.jpg',
  'manifests/old.jsonl',
  'processed/data/a.jpg',
  'processed0.jpg',
  'results/run/manifest.json',
  'top.jpg',
];

describe('a selection', () => {
  const selections = useSelections();
  const { put, text, eventOf, call, listed, select, inCalls, failure } = selections;
  before(async () => {
    await Promise.all(KEYS.map((key) => put(key)));
    await put('data/marker/', '');
    await put('data/empty.jpg', '');
  });

  it('of the whole bucket takes the keys that a glob matches, in order, and not those that this system wrote', async () => {
    const { keys, counts } = await select({ prefix: '', select: { match: '**/*.jpg' } });
    expect(keys).to.deep.equal(
      KEYS.filter((key) => key.endsWith('.jpg') && key !== 'processed/data/a.jpg')
        .concat('data/empty.jpg')
        .sort(),
    );
    expect(counts).to.deep.include({ selected: 8, refused: { match: 1 }, passed_over: 1 });
  });

  it('of a prefix takes the objects below it, without folder markers', async () => {
    const { keys, message } = await select({
      prefix: 'data/',
      select: { exclude: ['**/tmp/**', '**/*.txt'], larger_than: 0 },
    });
    expect(keys).to.deep.equal(['data/a.jpg', 'data/b.jpg', 'data/sub/c.jpg']);
    expect(message).to.match(/^3 of 6 objects selected \(34 bytes\); 2 are excluded; 1 are not larger/);
  });

  it('of a prefix of this system takes the objects there', async () => {
    const { keys } = await select({ prefix: 'processed/', output_prefix: 'processed/copy/', select: {} });
    expect(keys).to.deep.equal(['processed/data/a.jpg']);
    const glob = await select({ prefix: '', select: { match: 'processed/data/*' } });
    expect(glob.keys).to.deep.equal(['processed/data/a.jpg']);
  });

  it('takes the first ones up to a limit, after the other criteria', async () => {
    const { keys } = await select({
      prefix: '',
      select: { match: '**/*.jpg', exclude: 'data/a.jpg', limit: 3 },
    });
    expect(keys).to.deep.equal(['data/b.jpg', 'data/empty.jpg', 'data/sub/c.jpg']);
  });

  it('of a list asks S3 for the details that the criteria need, and leaves missing objects to their task', async () => {
    const objects = ['data/a.jpg', 'data/empty.jpg', 'gone', 'data/a.jpg', 'input/ü +%.jpg'].map((Key) => ({
      Key,
    }));
    const { keys, counts } = await select({ objects, select: { smaller_than: 5 } });
    expect(keys).to.deep.equal(['data/empty.jpg', 'gone']);
    expect(counts).to.deep.include({ duplicates: 1, missing: 1, refused: { smaller_than: 2 } });
    const before = selections.server.needed.length;
    await call(eventOf({ objects, select: { match: '**' } }));
    expect(
      selections.server.needed
        .slice(before)
        .flat()
        .filter((need) => /GetObject.*\/(data|gone|input)/.test(need)),
    ).to.deep.equal([]);
  });

  it('of a manifest takes each key once', async () => {
    await put('keys.txt', ['data/b.jpg', 's3://bucket/data/a.jpg', 'data/b.jpg', 'data/a.jpg'].join('\n'));
    const { keys, message } = await select({ manifest: { Key: 'keys.txt' } });
    expect(keys).to.deep.equal(['data/b.jpg', 'data/a.jpg']);
    expect(message).to.equal('2 of 4 objects selected; 2 are named twice.');
  });

  it('that is empty says which objects exist', async () => {
    const messages: [Given, string | RegExp][] = [
      [
        { prefix: 'data/', select: { match: '*.jpg' } },
        'No object is selected; 6 do not match. There are for example "data/a.jpg", "data/b.jpg", "data/empty.jpg". A glob is matched with the whole key: **/*.jpg is at any depth.',
      ],
      [
        { prefix: 'dta/', select: {} },
        'No object is selected. "dta/" in the bucket bucket holds no object. There are "data/", "input/", "manifests/", "processed/", "results/".',
      ],
      [{ prefix: 'data/sub/x/', select: {} }, / holds no object. There are "data\/sub\/[cd]/],
      [
        { prefix: '', select: { match: 'input/2025/**' } },
        /"input\/2025" in the bucket bucket holds no object, where the glob starts. There are "input\/ü \+%.jpg"/,
      ],
      [{ prefix: 'data/', select: { larger_than: '1GB' } }, /^No object is selected; 6 are not larger than/],
      [
        { objects: [{ Key: 'data/a.jpg' }], select: { exclude: '**' } },
        /1 are excluded. There are for example/,
      ],
    ];
    for (const [given, message] of messages) {
      const { selected, message: said, done } = await call(eventOf(given));
      expect([selected, done]).to.deep.equal([0, true]);
      if (typeof message === 'string') expect(said).to.equal(message);
      else expect(said).to.match(message);
    }
    await put('empty.txt', '\n');
    expect((await call(eventOf({ manifest: { Key: 'empty.txt' } }))).message).to.match(/names no object\.$/);
  });

  it('is refused, in one line, if another attempt cannot succeed', async () => {
    await put('manifests/foreign.jsonl', '{"Key":"data/a.jpg"}\n');
    const refusals: [Given, string | RegExp][] = [
      [
        { prefix: '', select: { limit: 0 } },
        'InvalidSelection: select.limit: give a whole number, 1 or more',
      ],
      [
        { prefix: '', select: { changed: true }, force: true },
        /InvalidSelection: force and select.changed exclude/,
      ],
      [{ prefix: '', select: { changed: true }, processor: 'x' }, /The processor x does not exist$/],
      [{ prefix: '', bucket: 'other' }, 'InvalidSelection: There is no bucket other'],
      [{ manifest: { Key: 'none' } }, /^InvalidManifest: The bucket .* has no object none/],
      [
        { manifest: { Key: 'manifests/foreign.jsonl' }, execution: 'foreign' },
        /^InvalidSelection: manifests\/foreign.jsonl exists already, and the list of the execution foreign has the same key/,
      ],
    ];
    for (const [given, message] of refusals) {
      if (typeof message === 'string') expect(await failure(given)).to.equal(message);
      else expect(await failure(given)).to.match(message);
    }
    expect(await text('manifests/foreign.jsonl')).to.equal('{"Key":"data/a.jpg"}\n');
  });

  it('leaves only its state beside its list', async () => {
    const event = eventOf({ prefix: 'data/', select: {} });
    await call(event);
    const { Contents = [] } = await selections.server.client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `manifests/${event.execution}` }),
    );
    expect(Contents.map(({ Key }) => Key)).to.deep.equal([`manifests/${event.execution}.jsonl`]);
  });

  describe('in several calls', () => {
    /** Each key takes 1,024 bytes of the list, so 8,192 of them fill a part of it. */
    const LONG = Array.from({ length: 8_200 }, (_, index) => `${index}`.padEnd(1_013, 'k'));

    it('is the same if each call is repeated, since its answer was lost', async () => {
      const objects = [...LONG, ...LONG.slice(0, 9)].map((Key) => ({ Key }));
      const event = eventOf({ objects, select: { exclude: '8199k*' } });
      const status = await inCalls(event, { pages: 6, eachTwice: true });
      expect(status).to.include({ next_call: 2, selected: 8_199 });
      expect(status.counts).to.deep.include({ seen: 8_209, duplicates: 9, refused: { exclude: 1 } });
      expect(status.keys).to.deep.equal(LONG.slice(0, -1));
    });

    it('of a prefix carries no keys, and repeats no request to S3', async () => {
      const { client, needed } = selections.server;
      client.middlewareStack.add(
        (next, { commandName }) =>
          (sent) =>
            next(commandName === 'ListObjectsV2Command' ? { input: { ...sent.input, MaxKeys: 4 } } : sent),
        { name: 'short pages' },
      );
      const before = needed.length;
      const event = eventOf({ prefix: 'data/', select: { match: '**/*.jpg' } });
      try {
        const { next_call, counts } = await inCalls(event);
        expect([next_call, counts.selected]).to.deep.equal([2, 5]);
      } finally {
        client.middlewareStack.remove('short pages');
      }
      expect(selections.keys.size).to.equal(0);
      const asked = needed.slice(before).map(([need]) => need?.replace(`arn:aws:s3:::${BUCKET}`, ''));
      const left = `/manifests/${event.execution}`;
      const list = 's3:ListBucket  s3:prefix data/ s3:max-keys 4';
      expect(asked).to.deep.equal([
        // The call may be a repetition, and its list must replace no other object.
        `s3:GetObject ${left}/1.state`,
        `s3:GetObject ${left}.jsonl`,
        list,
        list,
        `s3:PutObject ${left}/1.state`,
        `s3:GetObject ${left}/2.state`,
        `s3:GetObject ${left}/1.state`,
        list,
        `s3:PutObject ${left}.jsonl`,
        // The test reads the list.
        `s3:GetObject ${left}.jsonl`,
      ]);
    });

    it('is not confused by an earlier execution with its name', async () => {
      const event = eventOf({ objects: LONG.slice(0, 1_500).map((Key) => ({ Key })) });
      await inCalls(event);
      const status = await inCalls({ ...event, started_at: '2027-01-01T00:00:00Z', select: { match: '1*' } });
      expect(status.keys).to.deep.equal(LONG.slice(0, 1_500).filter((key) => key.startsWith('1')));
    });

    it('reads no further than its limit', async () => {
      const objects = LONG.slice(0, 1_500).map((Key) => ({ Key }));
      const { counts } = await call(eventOf({ objects, select: { limit: 1 } }));
      expect(counts).to.include({ seen: 1_000, selected: 1 });
    });

    it('completes its list if the call that made it could not', async () => {
      const event = eventOf({ objects: LONG.map((Key) => ({ Key })) });
      const { middlewareStack } = selections.server.client;
      const fail = () => Promise.reject(new Error('the connection broke off'));
      middlewareStack.add(
        (next, { commandName }) => (commandName === 'CompleteMultipartUploadCommand' ? fail : next),
        {
          name: 'broken',
        },
      );
      try {
        expect(await rejection(call(event))).to.include({ message: 'the connection broke off' });
      } finally {
        middlewareStack.remove('broken');
      }
      expect(await listed(await call(event))).to.deep.equal(LONG);
    });

    it('does not go on without the state of the call before', async () => {
      const event = eventOf({ objects: [{ Key: 'a' }], call: 1 });
      expect(await failure(event)).to.equal('Error: Call 1 of the selection has no state to go on from');
    });
  });
});
