/** Results that differ from those that Step Functions wrote. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { DamagedResultsError } from '../../../client';
import { readResults } from '../../../client/results/results';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';
import { failure } from '../../support/failure';

const RESULT = `${JSON.stringify({
  object_key: 'a',
  processed_key: 'processed/a',
  status: 'success',
  processed_at: '2026-11-27T00:00:00.000Z',
  processing_time: 1,
})}\n`;
const MANIFEST = JSON.stringify({ ResultFiles: { SUCCEEDED: [{ Key: 'r/SUCCEEDED_0.json' }] } });

describe('results', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
    await mkdir(join(server.folder, 'r'));
  });
  after(() => server.close());

  const read = async (file: string, manifest = MANIFEST) => {
    await writeFile(join(server.folder, 'r/SUCCEEDED_0.json'), file);
    await writeFile(join(server.folder, 'r/manifest.json'), manifest);
    return readResults(server.client, BUCKET, 'r/');
  };

  it('are read whether their files are empty or end without a line break', async () => {
    expect(await read('')).to.include({ succeeded: 0 });
    expect(await read(RESULT + RESULT.trim())).to.include({ succeeded: 2 });
  });

  it('that are damaged are named, with the remedy', async () => {
    for (const [file, manifest, key] of [
      [`${RESULT}{"object_key":"b","proc`, MANIFEST, 'r/SUCCEEDED_0.json'],
      [`${RESULT}xxx\n${RESULT}`, MANIFEST, 'r/SUCCEEDED_0.json'],
      [RESULT, MANIFEST.slice(0, 20), 'r/manifest.json'],
    ] as const) {
      const error = await failure(read(file, manifest));
      expect(error).to.be.instanceOf(DamagedResultsError);
      expect(error.message).to.match(new RegExp(`^${key} is damaged \\(.*\\): restore it, or start`));
    }
  });
});
