/**
 * The everyday commands of clients from other projects, with the credentials and the signatures of the real gateway. Each client makes,
 * lists, copies, synchronizes, moves, reads in part, presigns and removes. It sends one file in parts, and one with an odd name.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type LocalS3, startS3 } from '../../../../../local/s3-alone';
import { filesBelow } from '../../../../support/files';
import { isMissing } from '../../../../support/tools';
import { CLIENTS } from './rounds';

const BUCKET = 'bucket';
/** Above the size from which the clients send a file in parts. */
const BIG = randomBytes(9 * 1024 ** 2);
const ODD = 'sub dir/ü +%&~(1).txt';

describe('the local S3, used by', () => {
  let s3: LocalS3;
  let work: string;
  let bucket: string;

  beforeEach(async () => {
    work = await mkdtemp(join(tmpdir(), 's3-clients-'));
    bucket = join(work, 'bucket');
    await mkdir(join(work, 'in/sub dir'), { recursive: true });
    await writeFile(join(work, 'in/a.txt'), 'hello');
    await writeFile(join(work, 'in/big.bin'), BIG);
    await writeFile(join(work, 'in', ODD), 'odd');
    s3 = await startS3({ [BUCKET]: bucket });
  });
  afterEach(async () => {
    await s3?.close();
    await rm(work, { recursive: true });
  });

  for (const { name, needs, round } of CLIENTS) {
    it(name, async function () {
      const tools = needs();
      if (isMissing(`S3 used by ${name}`, tools)) this.skip();
      const [program = ''] = Object.values(tools);
      const { AWS_ENDPOINT_URL: endpoint = '', ...variables } = s3.environment;
      const access = { ...variables, AWS_ENDPOINT_URL: endpoint, HOME: work };
      for (const { run, env = {}, prints, fetches, leaves } of round({ bucket: BUCKET, endpoint, access })) {
        const options = { cwd: work, env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...access, ...env } };
        const { stdout } = await promisify(execFile)(program, run, options);
        if (prints) expect(stdout, run.join(' ')).to.match(prints);
        if (fetches) expect(await (await fetch(stdout.trim())).text(), stdout).to.equal(fetches);
        for (const [path, content] of Object.entries(leaves ?? {})) {
          const found = await readFile(join(work, path)).catch(() => undefined);
          const wanted = content === 'big' ? BIG : content && Buffer.from(content);
          expect(wanted ? found?.equals(wanted) : found, `${path} after ${run.join(' ')}`).to.equal(
            wanted ? true : undefined,
          );
        }
      }
      expect(filesBelow(bucket).filter((path) => !path.includes('/.s3/'))).to.deep.equal([]);
    });
  }
});
