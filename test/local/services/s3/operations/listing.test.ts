import { link, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  ListObjectsCommand,
  type ListObjectsCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import fc from 'fast-check';
import { DirectoryNames } from '../../../../../local/services/s3/folder/directory-names';
import { walkKeys } from '../../../../../local/services/s3/folder/walk';
import { BUCKET as Bucket, errorOf, startServer, type TestServer } from '../server';

const compare = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** The entries that a listing must give: keys and common prefixes, in one order. */
function expected(keys: string[], prefix: string, delimiter: string): string[] {
  const found = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    found.add(end < 0 ? key : key.slice(0, end + delimiter.length));
  }
  return [...found].sort(compare);
}

const character = fc.constantFrom('a', 'b', '-', '/', '0', '\u{1F600}', '\uffee', 'é');
const text = (least: number, most: number) =>
  fc.array(character, { minLength: least, maxLength: most }).map((parts) => parts.join(''));

describe('S3 listings', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.close());

  const put = (Key: string) => server.client.send(new PutObjectCommand({ Bucket, Key, Body: '1' }));

  async function listAll(
    input: { Prefix?: string; Delimiter?: string; StartAfter?: string },
    pageSize: number,
  ) {
    const found: string[] = [];
    for await (const page of paginateListObjectsV2(
      { client: server.client, pageSize },
      { Bucket, ...input },
    )) {
      const keys = page.Contents?.map(({ Key }) => Key ?? '') ?? [];
      const prefixes = page.CommonPrefixes?.map(({ Prefix }) => Prefix ?? '') ?? [];
      expect(page.KeyCount).to.equal(keys.length + prefixes.length);
      expect(page.KeyCount).to.be.at.most(pageSize);
      found.push(...[...keys, ...prefixes].sort(compare));
    }
    return found;
  }

  it('page through any keys by prefix and delimiter', async () => {
    const keys =
      fc.sample(fc.uniqueArray(text(1, 8), { minLength: 60, maxLength: 60 }), { numRuns: 1, seed: 1 })[0] ??
      [];
    for (const key of keys) await put(key);
    await fc.assert(
      fc.asyncProperty(
        text(0, 3),
        fc.constantFrom('', '/', '-', 'a/', '\u{1F600}'),
        fc.option(text(1, 4), { nil: undefined }),
        fc.integer({ min: 1, max: 50 }),
        async (Prefix, Delimiter, StartAfter, pageSize) => {
          const all = expected(keys, Prefix, Delimiter);
          expect(await listAll({ Prefix, Delimiter }, pageSize)).to.deep.equal(all);
          if (!StartAfter || Delimiter) return;
          const after = all.filter((key) => compare(key, StartAfter) > 0);
          expect(await listAll({ Prefix, StartAfter }, pageSize)).to.deep.equal(after);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('of the first version page by markers, and give the same', async () => {
    const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'b0', 'c d+', 'é/x', 'é/y', '\u{1F600}'].sort(compare);
    for (const key of keys) await put(key);
    for (const Prefix of ['', 'b', 'b/', 'é/']) {
      for (const Delimiter of ['', '/']) {
        for (const MaxKeys of [1, 2, 1000]) {
          const found: string[] = [];
          for (let Marker: string | undefined = ''; Marker !== undefined; ) {
            const input = { Bucket, Prefix, Delimiter, MaxKeys, Marker };
            const page: ListObjectsCommandOutput = await server.client.send(new ListObjectsCommand(input));
            const listed = page.Contents?.map(({ Key }) => Key ?? '') ?? [];
            const prefixes = page.CommonPrefixes?.map((each) => each.Prefix ?? '') ?? [];
            found.push(...[...listed, ...prefixes].sort(compare));
            // Without a delimiter the last key is the only marker.
            expect(page.NextMarker === undefined).to.equal(!(page.IsTruncated && Delimiter));
            Marker = page.IsTruncated ? (page.NextMarker ?? listed.at(-1)) : undefined;
          }
          expect(found, `${Prefix} by ${Delimiter || 'nothing'}, ${MaxKeys}`).to.deep.equal(
            expected(keys, Prefix, Delimiter),
          );
        }
      }
    }
    // In the middle of a common prefix, the prefix has been listed.
    const input = { Bucket, Delimiter: '/', Marker: 'b/1', StartAfter: 'b/1' };
    for (const page of [
      await server.client.send(new ListObjectsCommand(input)),
      await server.client.send(new ListObjectsV2Command(input)),
    ])
      expect(page.CommonPrefixes?.map((each) => each.Prefix)).to.deep.equal(['é/']);
  });

  it('include files as they are added and removed, also in a folder that was just listed', async () => {
    const folder = join(server.folder, 'many');
    await mkdir(folder);
    const names = Array.from({ length: 1100 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
    const [first = '', ...others] = names.map((name) => join(server.folder, name));
    await writeFile(first, '');
    for (const other of others) await link(first, other);
    expect(await listAll({ Prefix: 'many/' }, 1000)).to.deep.equal(names);
    expect(await listAll({ Prefix: 'many/' }, 1000)).to.deep.equal(names);
    await put('many/00000a');
    await writeFile(join(server.folder, 'many/zz'), '');
    names.splice(1, 0, 'many/00000a');
    expect(await listAll({ Prefix: 'many/' }, 400)).to.deep.equal([...names, 'many/zz']);
    expect(await listAll({ Delimiter: '/' }, 1000)).to.deep.equal(['many/']);
  });

  it('tell ETag, size and date, and encode on demand', async () => {
    const { ETag } = await put('a +é/b');
    await put('a +é/c');
    await put('d');
    const { client } = server;
    const plain = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }));
    expect(plain.Contents?.[0]).to.deep.include({ Key: 'a +é/b', ETag, Size: 1, StorageClass: 'STANDARD' });
    expect(plain.Contents?.[0]?.LastModified).to.be.instanceOf(Date);
    expect(plain).to.include({ IsTruncated: true, KeyCount: 1, MaxKeys: 1 });
    const EncodingType = 'url';
    const encoded = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', EncodingType }));
    expect(encoded.CommonPrefixes).to.deep.equal([{ Prefix: 'a+%2B%C3%A9/' }]);
    await put("~!'()*-_.");
    const all = await client.send(new ListObjectsV2Command({ Bucket, Prefix: '~', EncodingType }));
    expect(all.Contents?.[0]?.Key).to.equal('%7E%21%27%28%29*-_.');
    expect((await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }))).KeyCount).to.equal(0);
    const bad = client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: '!' }));
    expect(await errorOf(bad)).to.deep.equal(['InvalidArgument', 400]);
    for (const query of [
      'list-type=3',
      'max-keys=-1',
      'max-keys=1e3',
      'encoding-type=xml',
      'continuation-token=',
    ]) {
      const url = `${server.endpoint}/${Bucket}?${query.startsWith('list') ? '' : 'list-type=2&'}${query}`;
      expect(await (await fetch(url)).text(), query).to.contain(`<ArgumentName>${query.split('=')[0]}<`);
    }
  });

  it('name a folder by its prefix only if an object is in it', async () => {
    for (const name of ['empty/of/files', 'full/deep/er/file']) {
      await mkdir(dirname(join(server.folder, name)), { recursive: true });
    }
    await writeFile(join(server.folder, 'full/deep/er/file'), '');
    expect(await listAll({ Delimiter: '/' }, 10)).to.deep.equal(['full/']);
    expect(await listAll({ Delimiter: '/', Prefix: 'full/' }, 10)).to.deep.equal(['full/deep/']);
    expect(await listAll({ Prefix: 'full/d' }, 10)).to.deep.equal(['full/deep/er/file']);
  });

  it('hold only a part of the names of a large folder at a time', async () => {
    const keys = ['a', 'b/', 'c/d/', 'c-', 'c'].flatMap((base) =>
      Array.from({ length: 11 }, (_, index) => `${base}${(index * 7) % 11}`),
    );
    for (const key of [...keys, 'e//f', 'e//g', '.', '..']) await put(key);
    for (const size of [1, 2, 5, 1000]) {
      const names = new DirectoryNames(size);
      for (const prefix of ['', 'a', 'b/', 'c/d/1', 'e']) {
        const found: string[] = [];
        const cursor = { prefix, from: prefix };
        for await (const { bytes } of walkKeys(server.folder, names, cursor)) found.push(bytes);
        const all = expected([...keys, 'e//f', 'e//g', '.', '..'], prefix, '');
        expect(found, `${prefix} by ${size}`).to.deep.equal(all);
      }
    }
  });
});
