/** Manifests as people and AWS write them, read from an S3 over HTTP. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { BUCKET } from '../../../local/services/s3/server';
import { until } from '../../../support/until';
import { type Options, useManifests } from '../../support/manifests';

describe('a manifest', () => {
  const manifests = useManifests();
  const { put, pages, read, failure } = manifests;

  /** Name, content, keys; each is also read compressed, under a name that does not show it. */
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
    ['named.csv.txt', 'a,b\n', ['a,b']],
    ['key-first', 'key\na\n', ['key', 'a']],
    ['quoted-header', '"key","size"\n"a",1\n', ['a']],
    ['spaced.csv', ' Object Key ,x\na,1\n', ['a']],
    ['last.csv', 'a,b\n', ['b'], { column: 2 }],
    ['quoted-semicolons.csv', '"a;b;c;d",key\n1,x\n', ['x']],
    ['header-of-two-lines.csv', '"a\nb",key\n1,x\n', ['x']],
    ['blank-first', '\n {"Key":"a"}\n', ['a']],
    ['quote.txt', 'a"b\nc\n', ['a"b', 'c']],
    ['versions.txt', 's3://bucket/a?versionId=1&x=2\nb/s3://c\n', ['a?versionId=1&x=2', 'b/s3://c']],
    ['long.txt', 'x'.repeat(1024), ['x'.repeat(1024)]],
    ['escape.txt', '\x1fa\n', ['\x1fa']],
    ['lines.csv', 'a,b\n{"Key"\n', ['a,b', '{"Key"'], { format: 'keys' }],
    ['brackets', '[a]\n[b', ['[a]', '[b']],
    ['bracket', 'a[\n', ['a[']],
    ['empty', '', []],
    ['empty.csv', '\n\n', []],
    ['only-header.csv', 'key,size\n', []],
  ];
  for (const [name, content, keys, options] of right) {
    it(`${name} ${JSON.stringify(content).slice(0, 60)} names ${keys.length} objects, also compressed`, async () => {
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
    ['d.txt', 's3://bucket/ab?versionId=34\n', /Line 1 names the version "34" of "ab"/],
    ['g.txt', 's3://bucket', /Line 1 is "s3:\/\/bucket": write s3:\/\/bucket\/key$/],
    ['h.txt', Buffer.from('a\x8b\n', 'latin1'), /Line 1 is not UTF-8/],
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
    ['i.csv', 'a"b,c\n', /The first line is "a\\"b,c\\n": put a field/],
    ['j.csv', 'a\nb\n', /No column is named "photo", and the first line is "a"/, { column: 'photo' }],
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
    ['open.json', '{\n', /open.json is neither JSON Lines nor the manifest.json of S3 Inventory/],
    ['o.orc', 'ORC\0', /o.orc is ORC: write it as CSV or JSON Lines$/],
    ['p.parquet', 'PAR1\0\0', /p.parquet is Parquet: write it as CSV or JSON Lines$/],
    ['image.png', '\x89PNG\0\0', /image.png starts with .*: it is not a text$/],
    [
      'cut.gz',
      gzipSync('a\nb\n').subarray(0, 15),
      /^InvalidManifest: cut.gz is damaged \(unexpected end of file\)/,
    ],
    ['noise.gz', Buffer.from([0x1f, 0x8b, 1, 2, 3]), /noise.gz is damaged/],
  ];
  for (const [name, content, message, options] of wrong) {
    it(`${name} ${JSON.stringify(content.toString('latin1')).slice(0, 50)} is refused, by line`, async () => {
      await put(name, content);
      expect(await failure(name, options)).to.match(message);
    });
  }

  it('that does not exist is named in the error', async () => {
    expect(await failure('none')).to.equal(`InvalidManifest: The bucket ${BUCKET} has no object none`);
  });

  it('of many pages can be read from each page on', async () => {
    const keys = Array.from({ length: 8_000 }, (_, index) => `data/ü-${index}`);
    for (const content of [keys.join('\n'), gzipSync(keys.join('\r\n'))]) {
      await put('long', content);
      expect(await read('long')).to.deep.equal(keys);
    }
  });

  it('that is replaced while it is read is refused', async () => {
    await put('replaced', 'a\n'.repeat(100_000));
    const reading = pages('replaced');
    const { value } = await reading.next();
    await put('replaced', 'b\n');
    await reading.return(undefined);
    const outcome = await pages('replaced', {}, value?.next)
      .next()
      .then(
        () => 'read',
        ({ message }) => message,
      );
    expect(outcome).to.equal('replaced was replaced while it was read: start again');
  });

  it('that is long is not read further than its format needs, nor further than its reader asks', async () => {
    await writeFile(join(manifests.server.folder, 'large'), 'a\n'.repeat(2 ** 24));
    const reading = pages('large');
    await reading.next();
    await until(() => manifests.server.inFlight() === 1, 'only the one that is read is open');
    await reading.return(undefined);
    await until(() => manifests.server.inFlight() === 0, 'it is closed');
  });
});
