/** A local cloud that is kept up runs the code that it was started with; execute.ts says so if the code has changed since. */
import { expect } from 'chai';
import { registerCloud } from '../../../scripts/local/running-cloud';
import { synthesizeForTest, TestCloud } from '../../support/cloud';
import { Workplace } from '../../support/script';

const NOTE = /This local cloud runs the code as it was when scripts\/local\.ts started it: restart that/;

describe('execute.ts with a local cloud that was kept up', () => {
  let workplace: Workplace;
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  before(async () => {
    workplace = await Workplace.create();
    stack = await synthesizeForTest({});
    test = await TestCloud.start(stack.stackFolder, { bucketFolder: workplace.bucket });
  });
  after(async () => {
    await test.close();
    await stack.remove();
    await workplace.remove();
  });

  const execute = async () => {
    const args = ['1', 'data/text/note-01.txt', ...workplace.here];
    const { code, stderr } = await workplace.run('execute.ts', args);
    expect(code, stderr).to.equal(0);
    return stderr;
  };

  it('says nothing if the code is the same', async () => {
    await test.register();
    expect(await execute()).not.to.match(NOTE);
  });

  it('says that it does not run the code as it is now', async () => {
    const { endpoint, region, credentials, outputs } = test.cloud;
    const older = { ...outputs, worker_image_uri: 'registry/worker:0123456789abcdef' };
    await registerCloud(workplace.bucket, {
      pid: process.pid,
      endpoint,
      region,
      credentials,
      outputs: older,
      bucketFolders: {},
    });
    expect(await execute()).to.match(NOTE);
  });
});
