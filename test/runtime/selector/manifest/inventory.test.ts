/** Inventories as S3 writes them, read from an S3 over HTTP. */
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { BUCKET } from '../../../local/services/s3/server';
import { useManifests } from '../../support/manifests';

describe('a manifest of S3 Inventory', () => {
  const { put, pages, read, failure } = useManifests();

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

  it('names current versions, with their decoded keys and known details', async () => {
    await put('inventory/manifest.json', document());
    const first = row('a%2Fb+c%2B%25') + row('old', 'false') + row('gone', 'true', 'true', '');
    await put('inventory/data/1.csv.gz', gzipSync(first));
    await put('inventory/data/2.csv.gz', gzipSync(row('%E6%97%A5') + row('a%2Cb')));
    expect(await read('inventory/manifest.json')).to.deep.equal(['a/b c+%', '日', 'a,b']);
    const reading = pages('inventory/manifest.json');
    const { value } = await reading.next();
    await reading.return(undefined);
    expect(value?.passedOver).to.equal(2);
    expect(value?.candidates).to.deep.equal([
      { key: 'a/b c+%', size: 5, modified: Date.parse('2026-01-01'), storageClass: 'GLACIER' },
    ]);
  });

  it('has no details that its fields do not give', async () => {
    await put('inventory/manifest.json', document({ fileSchema: 'Key, Size, LastModifiedDate' }));
    await put('inventory/data/1.csv.gz', gzipSync('"a","",""\n'));
    const reading = pages('inventory/manifest.json');
    const { value } = await reading.next();
    await reading.return(undefined);
    expect(value?.candidates).to.deep.equal([
      { key: 'a', size: undefined, modified: undefined, storageClass: undefined },
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
    ['of unknown versions', { fileSchema: 'Bucket, Key, VersionId' }, /no column that says which is current/],
    ['without files', { files: [{}] }, /not a manifest of S3 Inventory: files.0.key/],
  ];
  const others = ['null', '1', '"fileSchema files"', '[]', '{"fileSchema":"Key"}', '{"files":[]}', 'none'];
  for (const [what, more, message] of refused) {
    it(`${what} is refused`, async () => {
      await put('inventory/manifest.json', document(more));
      expect(await failure('inventory/manifest.json')).to.match(message);
    });
  }

  for (const other of others) {
    it(`is not ${other}`, async () => {
      await put('other.json', other);
      expect(await failure('other.json', { format: 'inventory' })).to.match(
        /other.json is neither JSON Lines/,
      );
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
