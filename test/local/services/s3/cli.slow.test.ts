import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { isAwsCliMissing } from '../../../support/tools';
import { BUCKET, startServer, type TestServer } from './server';

describe('S3 by the AWS CLI', () => {
  let server: TestServer;
  let work: string;

  before(function () {
    if (isAwsCliMissing('S3 by the AWS CLI')) this.skip();
  });
  beforeEach(async () => {
    server = await startServer();
    work = await mkdtemp(join(tmpdir(), 's3-cli-'));
  });
  afterEach(async () => {
    await server?.close();
    if (work) await rm(work, { recursive: true });
  });

  async function aws(...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_CONFIG_FILE: join(work, 'none'),
      AWS_PAGER: '',
    };
    const all = [...args, '--endpoint-url', server.endpoint];
    return (await promisify(execFile)('aws', all, { env, cwd: work })).stdout;
  }

  it('copies in parts, lists, synchronizes both ways and removes', async () => {
    const big = Buffer.alloc(9 * 1024 ** 2, 'big');
    await mkdir(join(work, 'in/sub dir'), { recursive: true });
    await writeFile(join(work, 'in/big.bin'), big);
    await writeFile(join(work, 'in/sub dir/ü +%&.txt'), 'odd');
    await aws('s3', 'cp', 'in', `s3://${BUCKET}/data`, '--recursive', '--only-show-errors');
    expect((await readFile(join(server.folder, 'data/big.bin'))).equals(big)).to.equal(true);
    expect(await aws('s3', 'ls', `s3://${BUCKET}/data/`)).to.match(/PRE sub dir\/\n.* 9437184 big\.bin\n$/);
    expect(await aws('s3', 'ls', `s3://${BUCKET}/data/sub dir/`)).to.contain('ü +%&.txt');
    await aws('s3', 'sync', `s3://${BUCKET}/data`, 'out', '--only-show-errors');
    expect((await readFile(join(work, 'out/big.bin'))).equals(big)).to.equal(true);
    expect(await readFile(join(work, 'out/sub dir/ü +%&.txt'), 'utf8')).to.equal('odd');
    expect(await aws('s3', 'sync', 'out', `s3://${BUCKET}/data`)).to.equal('');
    await aws('s3', 'mv', `s3://${BUCKET}/data/big.bin`, `s3://${BUCKET}/moved`, '--only-show-errors');
    expect(await readdir(server.folder)).to.include.members(['data', 'moved']);
    await aws('s3', 'rm', `s3://${BUCKET}/`, '--recursive', '--only-show-errors');
    expect(await readdir(server.folder)).to.deep.equal(['.s3']);
  });
});
