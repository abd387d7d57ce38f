/** The folder that an object's processor has for its files. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { Output } from '../../../../runtime/processor';
import { BUCKET, startServer, type TestServer } from '../../../local/services/s3/server';
import { captureLines } from '../../support/lines';
import { type ProcessOptions, processWith, returning, SCRATCH_FOLDER } from '../../support/object-context';

describe('the scratch folder of an object', () => {
  const lines = captureLines();
  let server: TestServer;
  before(async () => {
    server = await startServer();
    await server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: Buffer.from('a') }));
  });
  after(() => {
    rmSync(SCRATCH_FOLDER, { recursive: true, force: true });
    return server.close();
  });

  /** The path of the folder, once the object is done. */
  const folderOf = async (end: () => Output, options: ProcessOptions = {}) => {
    const folders: string[] = [];
    const definition = returning((_, { scratch, log }) => {
      expect(readdirSync(scratch)).to.deep.equal([]);
      writeFileSync(join(scratch, 'file'), 'content');
      folders.push(scratch);
      log.info('made', { folder: scratch });
      return end();
    });
    const task = { bucket: BUCKET, force: true, ...options };
    const outcome = await processWith(server.client, 'a', definition, task).then(
      ({ status }) => status,
      ({ name }) => name,
    );
    return { folder: folders[0] ?? '', outcome };
  };

  it('is empty at first, its own, and removed with it', async () => {
    const [one, other] = await Promise.all([folderOf(() => ({ body: '' })), folderOf(() => ({ body: '' }))]);
    expect([one?.outcome, other?.outcome]).to.deep.equal(['success', 'success']);
    expect(one?.folder).to.not.equal(other?.folder);
    for (const each of [one, other]) expect(existsSync(each?.folder ?? '')).to.equal(false);
    expect(lines.find(({ message }) => message === 'made')).to.include({ key: 'a' });
  });

  it('is removed also if the processor fails, and the slot goes on', async () => {
    const onSpent = () => expect.fail('it has settled');
    const fail = () => {
      throw new RangeError('no');
    };
    const { folder, outcome } = await folderOf(fail, { onSpent });
    expect(outcome).to.equal('ProcessorError');
    expect(existsSync(folder)).to.equal(false);
  });
});
