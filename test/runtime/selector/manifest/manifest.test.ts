/** Manifests as people and AWS write them, read from an S3 over HTTP. */
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import {
  type ManifestPosition,
  type ManifestSource,
  readManifest,
} from '../../../../runtime/selector/manifest';
import { BUCKET, startServer, type TestServer } from '../../../local/services/s3/server';

type Options = Pick<ManifestSource, 'format' | 'column'>;

describe('a manifest', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const put = (Key: string, content: string | Buffer) =>
    server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.from(content) }));
  const source = (key: string, options: Options = {}): ManifestSource => ({
    bucket: BUCKET,
    key,
    objectsBucket: BUCKET,
    ...options,
  });
  /** Reads it whole, and again from every place where a page ends. */
  const read = async (name: string, options?: Options) => {
    const pages: { keys: string[]; next: ManifestPosition }[] = [];
    for await (const { candidates, next } of readManifest(server.client, source(name, options))) {
      pages.push({ keys: candidates.map(({ key }) => key), next });
    }
    for (const [index, { next }] of pages.entries()) {
      const rest: string[] = [];
      const carried = JSON.parse(JSON.stringify(next));
      for await (const { candidates } of readManifest(server.client, source(name, options), carried)) {
        rest.push(...candidates.map(({ key }) => key));
      }
      expect(rest).to.deep.equal(pages.slice(index + 1).flatMap(({ keys }) => keys));
    }
    return pages.flatMap(({ keys }) => keys);
  };
  const failure = (name: string, options?: Options) =>
    read(name, options).then(
      (keys) => `read ${keys}`,
      ({ name, message }) => `${name}: ${message}`,
    );

  /** Name, content, keys; each is read packed as well, under a name that does not say so. */
  const right: [string, string, string[], Options?][] = [
    [
      'k.jsonl',
      '{"Key":"a"}\n{"Key":"b c","Bucket":"bucket"}\r\n\n{"Key":"ü\\n","Size":5,"VersionId":null}',
      ['a', 'b c', 'ü\n'],
    ],
    ['k', '{"Key":"s3://bucket/a/b"}\n', ['a/b']],
    [
      'k.txt',
      'a\r\nb,c\n\n s3 \n"q"\nü 🚀\n#x\n100%25\ns3://bucket/d/e f\nS3://bucket/g\n',
      ['a', 'b,c', ' s3 ', '"q"', 'ü 🚀', '#x', '100%25', 'd/e f', 'g'],
    ],
    ['one', 'only', ['only']],
    ['bom.txt', '\ufeffa\nb', ['a', 'b']],
    ['bom.jsonl', '\ufeff{"Key":"a"}\n', ['a']],
    ['bom.csv', '\ufeffkey,size\na,1\n', ['a']],
    ['k.csv', 'size,Key\r\n1,a\r\n2,"b,""c"\r\n\r\n3,"d\ne"\r\n', ['a', 'b,"c', 'd\ne']],
    ['header-without-name-of-csv', 'bucket;key\nbucket;a\n;b\n', ['a', 'b']],
    ['k.tsv', 'object_key\tx\na b\t1\n', ['a b']],
    ['single.csv', 'a\n"b,c"\n', ['a', 'b,c']],
    ['named.csv', 'id,photo file\n1,a\n', ['a'], { column: 'Photo File' }],
    ['position.csv', '1,a,x\n2,b\n', ['a', 'b'], { column: 2 }],
    ['urls.csv', 'url,versionId\ns3://bucket/a,\n', ['a']],
    ['data.bin', 'a,b\n', ['a,b'], { format: 'keys' }],
    ['lines.csv', 'a,b\n{"Key"\n', ['a,b', '{"Key"'], { format: 'keys' }],
    ['brackets', '[a]\n[b', ['[a]', '[b']],
    ['empty', '', []],
    ['empty.csv', '\n\n', []],
    ['only-header.csv', 'key,size\n', []],
  ];
  for (const [name, content, keys, options] of right) {
    it(`${name} ${JSON.stringify(content).slice(0, 60)} names ${keys.length} objects, also packed`, async () => {
      await put(name, content);
      expect(await read(name, options)).to.deep.equal(keys);
      await put(name, gzipSync(content));
      expect(await read(name, options)).to.deep.equal(keys);
    });
  }

  const long = 'x'.repeat(1025);
  const wrong: [string, string | Buffer, RegExp, Options?][] = [
    ['a.jsonl', '{"Key":"a"}\n\n{"key":"b"}\n', /^InvalidManifest: Line 3 is "\{\\"key\\":\\"b\\"\}": write/],
    ['b.jsonl', '{"Key":"a"}\nb\n', /Line 2 is "b": write \{"Key": "…"\}$/],
    ['c.jsonl', '{"Key":"a"}\n{"Key":""}\n', /Line 2 names no key$/],
    [
      'd.jsonl',
      '{"Key":"a","Bucket":"other"}\n',
      /Line 1 names an object of the bucket "other", and this execution processes objects of bucket/,
    ],
    ['e.jsonl', '{"Key":"a","VersionId":"v1"}\n', /Line 1 names the version "v1" of "a": leave it out/],
    ['f.jsonl', '{"Key":"\\ud800"}\n', /Line 1 names a key that is not Unicode$/],
    ['a.txt', 's3://bucket/a\ns3://other/a\n', /Line 2 names an object of the bucket "other"/],
    ['b.txt', 's3:///a\n', /Line 1 is "s3:\/\/\/a": write s3:\/\/bucket\/key$/],
    ['c.txt', 's3://bucket/\n', /Line 1 names no key$/],
    ['d.txt', 's3://bucket/a?versionId=3\n', /Line 1 names the version "3" of "a"/],
    ['e.txt', `a\n${long}\n`, /Line 2 names a key of 1025 bytes: S3 allows 1024$/],
    ['f.txt', Buffer.from('a\n\xe4\n', 'latin1'), /Line 2 is not UTF-8/],
    ['utf16.txt', Buffer.from('\ufeffa\n', 'utf16le'), /utf16.txt is UTF-16: save it as UTF-8$/],
    ['a.csv', 'key,bucket\na,bucket\nb,other\n', /Line 3 names an object of the bucket "other"/],
    ['b.csv', 'key,version_id\na,v1\n', /Line 2 names the version "v1"/],
    ['c.csv', 'key,size\n,1\n', /Line 2 names no key$/],
    ['d.csv', 'id,name\n1,a\n', /No column is named key, and the first line is "id,name": give column/],
    ['e.csv', 'id,name\n1,a\n', /No column is named "photo", and the first line/, { column: 'photo' }],
    ['f.csv', 'a,b\n', /column is 3, and the first line has 2 columns$/, { column: 3 }],
    ['g.csv', 'key,x\na"b,1\n', /Line 2 is "a\\"b,1\\n": put a field that has quotes in it between quotes/],
    ['h.csv', 'key\n"a\nb\n', /Line 2 is/],
    [
      'array.json',
      '[\n  {"Key":"a"}\n]',
      /array.json is a JSON array: make it JSON Lines, with jq -c '\.\[\]'$/,
    ],
    [
      'object.json',
      '{\n  "Key": "a"\n}',
      /object.json is neither JSON Lines nor the manifest.json of S3 Inventory/,
    ],
    ['p.parquet', 'PAR1\0\0', /p.parquet is Parquet: write it as CSV or JSON Lines$/],
    ['image.png', '\x89PNG\0\0', /image.png starts with .*: it is not a text$/],
    ['cut.gz', gzipSync('a\nb\n').subarray(0, 15), /cut.gz is damaged \(unexpected end of file\)/],
    ['noise.gz', Buffer.from([0x1f, 0x8b, 1, 2, 3]), /noise.gz is damaged/],
  ];
  for (const [name, content, message, options] of wrong) {
    it(`${name} ${JSON.stringify(content.toString('latin1')).slice(0, 50)} is refused, by line`, async () => {
      await put(name, content);
      expect(await failure(name, options)).to.match(message);
    });
  }

  it('that is not there is named', async () => {
    expect(await failure('none')).to.equal(`InvalidManifest: The bucket ${BUCKET} has no object none`);
  });

  it('of many pages is read from every one of them on', async () => {
    const keys = Array.from({ length: 8_000 }, (_, index) => `data/ü-${index}`);
    for (const content of [keys.join('\n'), gzipSync(keys.join('\r\n'))]) {
      await put('long', content);
      expect(await read('long')).to.deep.equal(keys);
    }
  });

  it('that is replaced while it is read is refused', async () => {
    await put('replaced', 'a\n'.repeat(100_000));
    const pages = readManifest(server.client, source('replaced'));
    const { value } = await pages.next();
    await put('replaced', 'b\n');
    await pages.return(undefined);
    const rest = readManifest(server.client, source('replaced'), value?.next);
    const outcome = await rest.next().then(
      () => 'read',
      ({ message }) => message,
    );
    expect(outcome).to.equal('replaced was replaced while it was read: start again');
  });

  describe('of S3 Inventory', () => {
    const document = (more: object = {}) =>
      JSON.stringify(
        {
          sourceBucket: BUCKET,
          destinationBucket: `arn:aws:s3:::${BUCKET}`,
          version: '2016-11-30',
          creationTimestamp: '1514944800000',
          fileFormat: 'CSV',
          fileSchema:
            'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass',
          files: [
            { key: 'inventory/data/1.csv.gz', size: 1, MD5checksum: 'x' },
            { key: 'inventory/data/2.csv.gz', size: 1, MD5checksum: 'x' },
          ],
          ...more,
        },
        null,
        2,
      );
    const row = (key: string, latest = 'true', deleted = 'false', size = '5') =>
      `"bucket","${key}","v1","${latest}","${deleted}","${size}","2026-01-01T00:00:00.000Z","e","GLACIER"\n`;

    it('names current versions, with their decoded keys and what it knows of them', async () => {
      await put('inventory/manifest.json', document());
      const first = row('a%2Fb+c%2B%25') + row('old', 'false') + row('gone', 'true', 'true', '');
      await put('inventory/data/1.csv.gz', gzipSync(first));
      await put('inventory/data/2.csv.gz', gzipSync(row('%E6%97%A5') + row('a%2Cb')));
      expect(await read('inventory/manifest.json')).to.deep.equal(['a/b c+%', '日', 'a,b']);
      const pages = readManifest(server.client, source('inventory/manifest.json'));
      const { value } = await pages.next();
      await pages.return(undefined);
      expect(value?.passedOver).to.equal(2);
      expect(value?.candidates).to.deep.equal([
        { key: 'a/b c+%', size: 5, modified: Date.parse('2026-01-01'), storageClass: 'GLACIER' },
      ]);
    });

    it('with the fields of current versions only names them all', async () => {
      await put('inventory/manifest.json', document({ fileSchema: 'Bucket, Key' }));
      await put('inventory/data/1.csv.gz', gzipSync('"bucket","a"\n'));
      await put('inventory/data/2.csv.gz', gzipSync('"bucket","b"\n'));
      expect(await read('inventory/manifest.json')).to.deep.equal(['a', 'b']);
    });

    const refused: [string, object, RegExp][] = [
      [
        'of another format',
        { fileFormat: 'Parquet' },
        /files are Parquet: configure an inventory in the format CSV/,
      ],
      [
        'of another bucket',
        { sourceBucket: 'other' },
        /The inventory is of the bucket other, and this execution/,
      ],
      ['in another bucket', { destinationBucket: 'arn:aws:s3:::x' }, /files are in the bucket x/],
      ['without keys', { fileSchema: 'Bucket, Size' }, /has no column Key/],
      [
        'of unknown versions',
        { fileSchema: 'Bucket, Key, VersionId' },
        /no column that says which is current/,
      ],
      ['without files', { files: [{}] }, /not one of S3 Inventory: files.0.key/],
    ];
    for (const [what, more, message] of refused) {
      it(`${what} is refused`, async () => {
        await put('inventory/manifest.json', document(more));
        expect(await failure('inventory/manifest.json')).to.match(message);
      });
    }

    it('whose entry is wrong is refused with the file and its line', async () => {
      await put('inventory/manifest.json', document());
      await put('inventory/data/1.csv.gz', gzipSync(row('a') + row('%')));
      expect(await failure('inventory/manifest.json')).to.match(
        /Line 2 of inventory\/data\/1.csv.gz has the key "%": it is not URL-encoded$/,
      );
      await put('inventory/data/1.csv.gz', gzipSync(row('a').replace('bucket', 'other')));
      expect(await failure('inventory/manifest.json')).to.match(/Line 1 of .* of the bucket "other"/);
    });
  });
});
