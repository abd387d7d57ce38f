/** What existing outputs say about their origin, in an S3 over HTTP. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { formatProvenance, hashParameters, PROVENANCE_ENTRY } from '../../../../../runtime/provenance';
import { ObjectStore } from '../../../../../runtime/s3/object-store';
import {
  checkOwner,
  findMadeOutputs,
  type MadeOutputs,
  type Making,
  upToDateEtag,
  whyMadeAgain,
} from '../../../../../runtime/worker/slot/outputs/made-outputs';
import { BUCKET, startServer, type TestServer } from '../../../../local/services/s3/server';
import { failure } from '../../../../support/failure';
import { SilentServer } from '../../../support/silent-server';

const MAKING: Making = {
  source: 's',
  processor: 'gzip',
  version: '1',
  parameters: hashParameters({}),
  environment: '',
};
const made = (more: Partial<Making> = {}, etag = 'e') => ({
  [PROVENANCE_ENTRY]: formatProvenance({ etag, ...MAKING, ...more }),
});
const FIRST_VERSION = { 'source-etag': 'e', processor: 'gzip@1' };

describe('existing outputs', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());
  let runs = 0;
  /** Outputs with this metadata; undefined: the output does not exist. */
  const find = async (metadata: (Record<string, string> | undefined)[], making = MAKING) => {
    runs += 1;
    const store = new ObjectStore(server.client, BUCKET);
    const keys = metadata.map((_, index) => `processed/${runs}-${index}`);
    for (const [index, Metadata] of metadata.entries())
      if (Metadata)
        await server.client.send(
          new PutObjectCommand({ Bucket: BUCKET, Key: keys[index], Body: 'x', Metadata }),
        );
    const { foreign, ...found } = await findMadeOutputs(store, keys, making);
    const owned = await failure(checkOwner(store, keys[0] ?? '', making)).catch(() => undefined);
    return {
      ...found,
      foreign: foreign?.message.replace(/^processed\/\d+-\d+ was (.*), so it is not overwritten: .*/, '$1'),
      owned,
    };
  };

  const TABLE: [string, (Record<string, string> | undefined)[], Partial<MadeOutputs>][] = [
    ['none', [undefined], { etags: [], isIncomplete: true }],
    ['one of two', [made(), undefined], { etags: ['e'], isIncomplete: true }],
    ['all', [made(), made()], { etags: ['e', 'e'], isIncomplete: false }],
    [
      'made from another state of the source',
      [made({}, 'e'), made({}, 'f')],
      { etags: ['e', 'f'], isIncomplete: false },
    ],
    [
      'by another version, with other parameters',
      [made({ version: '0', parameters: 'p' })],
      { etags: ['e'], isIncomplete: false, changed: 'version' },
    ],
    [
      'with other parameters',
      [made(), made({ parameters: 'p', environment: 'v' })],
      { etags: ['e', 'e'], isIncomplete: false, changed: 'parameters' },
    ],
    [
      'in another environment',
      [made({ environment: 'v' })],
      { etags: ['e'], isIncomplete: false, changed: 'environment' },
    ],
    ['by the first version of this system', [FIRST_VERSION], { etags: ['e'], isIncomplete: false }],
  ];
  for (const [what, metadata, expected] of TABLE) {
    it(`are distinguished: ${what}`, async () => {
      const { changed, foreign, owned, ...found } = await find(metadata);
      const { changed: expectedChange, ...rest } = expected;
      expect(found).to.deep.equal(rest);
      expect([changed, foreign, owned]).to.deep.equal([expectedChange, undefined, undefined]);
    });
  }

  it('of the first version have no parameters and no environment', async () => {
    expect(await find([FIRST_VERSION], { ...MAKING, parameters: 'p' })).to.include({ changed: 'parameters' });
    expect(await find([FIRST_VERSION], { ...MAKING, environment: 'v' })).to.include({
      changed: 'environment',
    });
  });

  const FOREIGN: [string, Record<string, string>, string][] = [
    ['without provenance', {}, 'not written by a processor'],
    ['of another processor', made({ processor: 'upper' }), 'written by the processor upper'],
    ['of another object', made({ source: 't' }), 'written by gzip from another object'],
  ];
  for (const [what, metadata, writer] of FOREIGN) {
    it(`are another's: ${what}`, async () => {
      const { foreign, owned } = await find([metadata]);
      expect(foreign).to.equal(writer);
      expect(owned).to.include({ name: 'ForeignOutput' });
    });
  }

  it('are unknown if S3 does not answer', async () => {
    const gone = await startServer();
    await gone.close();
    const error = await failure(findMadeOutputs(new ObjectStore(gone.client, BUCKET), ['k'], MAKING));
    expect(error).to.include({ name: 'StorageError' });
    expect(error.message).to.match(/^k could not be checked: /);
  });

  it('are not taken for missing if S3 denies the request', async () => {
    const denying = await SilentServer.start();
    const s3 = new S3Client({ maxAttempts: 1 });
    try {
      // The SDK repeats the request once.
      for (const _ of [1, 2]) denying.reply(403, '');
      expect(await failure(findMadeOutputs(new ObjectStore(s3, BUCKET), ['k'], MAKING))).to.include({
        name: 'ObjectAccessDenied',
      });
    } finally {
      s3.destroy();
      denying.close();
    }
  });
});

describe('whether outputs are up to date', () => {
  const FOREIGN = { foreign: new Error('no') as MadeOutputs['foreign'] };
  /** The existing outputs; the ETag for which they are up to date; why they are made again for ETag `e`. */
  const TABLE: [string, MadeOutputs, string | undefined, string | undefined][] = [
    ['no output exists', { etags: [], isIncomplete: true }, undefined, undefined],
    ['an output has no provenance', { etags: [], isIncomplete: false }, undefined, undefined],
    ['all are of one state', { etags: ['e', 'e'], isIncomplete: false }, 'e', undefined],
    ['all are of another state', { etags: ['f'], isIncomplete: false }, 'f', 'source'],
    ['they are of two states', { etags: ['e', 'f'], isIncomplete: false }, undefined, 'source'],
    ['one is missing', { etags: ['e'], isIncomplete: true }, undefined, 'outputs'],
    [
      'the version has changed',
      { etags: ['e'], isIncomplete: false, changed: 'version' },
      undefined,
      'version',
    ],
    [
      'the version has changed, and one is missing',
      { etags: ['e'], isIncomplete: true, changed: 'version' },
      undefined,
      'version',
    ],
    ["one is another's", { etags: ['e'], isIncomplete: false, ...FOREIGN }, undefined, undefined],
  ];
  for (const [what, found, etag, why] of TABLE) {
    it(`${what}: ${etag ?? 'not'}, made again: ${why ?? 'no'}`, () => {
      expect(upToDateEtag(found)).to.equal(etag);
      expect(whyMadeAgain(found, 'e')).to.equal(why);
    });
  }
});
