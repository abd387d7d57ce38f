/** The file by which a run finds the local cloud that local.ts keeps up: nobody else can redirect a run with it. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LocalCloudError } from '../../../local/core/errors';
import {
  findCloud,
  type RunningCloud,
  registerCloud,
  unregisterCloud,
} from '../../../scripts/local/running-cloud';
import { failure } from '../../support/failure';
import { Workplace } from '../../support/script';

describe('the file of a running local cloud', () => {
  let bucket: string;
  let outside: string;
  let server: Server;
  let requests = 0;
  let cloud: RunningCloud;
  let path: string;

  before(async () => {
    server = createServer((_, response) => {
      requests += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cloud = {
      pid: process.pid,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'se/cr+et' },
      outputs: { bucket_name: 'bucket', none: null },
      bucketFolders: { archive: '/data/archive' },
    };
  });
  after(() => server.close());
  beforeEach(() => {
    requests = 0;
    bucket = mkdtempSync(join(tmpdir(), 'bucket-'));
    outside = mkdtempSync(join(tmpdir(), 'outside-'));
    mkdirSync(join(bucket, '.s3'));
    path = join(bucket, '.s3', 'local-cloud.json');
  });
  afterEach(() => {
    expect(requests, 'requests').to.equal(0);
    rmSync(bucket, { recursive: true });
    rmSync(outside, { recursive: true });
  });

  /** The file as somebody may have written it: with these values, of any types. */
  const forge = (values: object, mode = 0o600) => {
    writeFileSync(path, JSON.stringify({ ...cloud, ...values }));
    chmodSync(path, mode);
  };

  it('is found as it was written, until it is removed', async () => {
    rmSync(join(bucket, '.s3'), { recursive: true });
    await registerCloud(bucket, cloud);
    expect(await findCloud(bucket)).to.deep.equal(cloud);
    symlinkSync(bucket, join(outside, 'link'));
    expect(await findCloud(join(outside, 'link'))).to.deep.equal(cloud);
    await unregisterCloud(bucket);
    expect(await findCloud(bucket)).to.equal(undefined);
    expect(readdirSync(join(bucket, '.s3'))).to.deep.equal([]);
    expect(await findCloud(join(bucket, 'nowhere'))).to.equal(undefined);
  });

  const PREDECESSORS: Array<[string, () => void]> = [
    ['nothing', () => undefined],
    ['a file that others can read', () => forge({}, 0o644)],
    ['a file that others can write', () => forge({}, 0o666)],
    ['a link', () => symlinkSync(join(outside, 'file'), path)],
    ['a link to nowhere', () => symlinkSync(join(outside, 'nowhere'), path)],
    ['a FIFO', () => execFileSync('mkfifo', [path])],
    ['an empty folder', () => mkdirSync(path)],
  ];
  for (const [what, make] of PREDECESSORS) {
    it(`can be read only by this user, if ${what} was there before`, async () => {
      writeFileSync(join(outside, 'file'), 'kept');
      make();
      await registerCloud(bucket, cloud);
      expect(lstatSync(path).isFile()).to.equal(true);
      expect(lstatSync(path).mode & 0o777).to.equal(0o600);
      expect(await findCloud(bucket)).to.deep.equal(cloud);
      expect(readdirSync(join(bucket, '.s3'))).to.deep.equal(['local-cloud.json']);
      expect(readdirSync(outside)).to.deep.equal(['file']);
      expect(readFileSync(join(outside, 'file'), 'utf8')).to.equal('kept');
    });
  }

  it('is not written if something is in its way, nor through a link', async () => {
    mkdirSync(join(path, 'full'), { recursive: true });
    const first = await failure(registerCloud(bucket, cloud));
    expect(first).to.be.instanceOf(LocalCloudError);
    expect(first.message).to.contain(path);
    rmSync(join(bucket, '.s3'), { recursive: true });
    for (const make of [
      () => symlinkSync(outside, join(bucket, '.s3')),
      () => writeFileSync(join(bucket, '.s3'), ''),
    ]) {
      make();
      const second = await failure(registerCloud(bucket, cloud));
      expect(second).to.be.instanceOf(LocalCloudError);
      expect(second.message).to.contain(join(bucket, '.s3'));
      rmSync(join(bucket, '.s3'));
    }
    mkdirSync(join(bucket, '.s3'));
    expect(readdirSync(outside)).to.deep.equal([]);
  });

  it('counts only if it names a listener on the loopback interface', async () => {
    const { port } = new URL(cloud.endpoint);
    const elsewhere = [
      `http://example.com:${port}`,
      `http://127.0.0.1.example.com:${port}`,
      `http://127.0.0.1:${port}@example.com:80`,
      `http://user@127.0.0.1:${port}`,
      `http://0.0.0.0:${port}`,
      `http://[::ffff:127.0.0.1]:${port}`,
      `https://127.0.0.1:${port}`,
      `file://127.0.0.1:${port}`,
      `http://127.0.0.1:${port}/`,
      `http://127.0.0.1:${port}\n`,
      `http://127.0.0.1:${port}?a=b`,
      'http://127.0.0.1',
      'http://127.0.0.1:0',
      'http://127.0.0.1:65536',
      'http://127.0.0.1:1',
      'http://127.0.0.1:99999',
      '',
      null,
      1,
      [cloud.endpoint],
    ];
    for (const endpoint of elsewhere) {
      forge({ endpoint });
      expect(await findCloud(bucket), String(endpoint)).to.equal(undefined);
    }
    forge({});
    expect(await findCloud(bucket)).to.deep.equal(cloud);
  });

  it('counts only if its process is the one that listens there', async () => {
    const program =
      'require("http").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })';
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const port = String((await once(child.stdout, 'data'))[0]).trim();
      const endpoint = `http://127.0.0.1:${port}`;
      for (const pid of [
        process.pid,
        process.ppid,
        1,
        0,
        -1,
        2 ** 31,
        2 ** 53,
        1.5,
        '1',
        `${child.pid}/../${child.pid}`,
        null,
      ]) {
        forge({ pid, endpoint });
        expect(await findCloud(bucket), String(pid)).to.equal(undefined);
      }
      forge({ pid: child.pid });
      expect(await findCloud(bucket)).to.equal(undefined);
      forge({ pid: child.pid, endpoint });
      expect((await findCloud(bucket))?.endpoint).to.equal(endpoint);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    expect(await findCloud(bucket), 'once it has ended').to.equal(undefined);
  });

  it('counts only if it is a file of this user alone', async () => {
    for (const mode of [0o644, 0o604, 0o640, 0o660, 0o602, 0o610, 0o666]) {
      forge({}, mode);
      expect(await findCloud(bucket), mode.toString(8)).to.equal(undefined);
    }
    if (process.getuid?.() === 0) {
      forge({});
      chownSync(path, 12_345, 0);
      expect(await findCloud(bucket), 'of another user').to.equal(undefined);
    }
    rmSync(path);
    writeFileSync(join(outside, 'file'), JSON.stringify(cloud), { mode: 0o600 });
    symlinkSync(join(outside, 'file'), path);
    expect(await findCloud(bucket), 'a link').to.equal(undefined);
    rmSync(join(bucket, '.s3'), { recursive: true });
    writeFileSync(join(outside, 'local-cloud.json'), JSON.stringify(cloud), { mode: 0o600 });
    symlinkSync(outside, join(bucket, '.s3'));
    expect(await findCloud(bucket), 'behind a link').to.equal(undefined);
    await unregisterCloud(bucket);
    expect(readdirSync(outside)).to.deep.equal(['file', 'local-cloud.json']);
  });

  it('counts only if it has the form that local.ts writes', async () => {
    const broken: Array<() => void> = [
      () => writeFileSync(path, ''),
      () => writeFileSync(path, 'null'),
      () => writeFileSync(path, '[]'),
      () => writeFileSync(path, '{"pid":'),
      () => truncateSync(path, 2 ** 40),
      () => forge({ region: '../us-east-1' }),
      () => forge({ region: 7 }),
      () => forge({ credentials: null }),
      () => forge({ credentials: { accessKeyId: 'a\r\nb', secretAccessKey: 'x' } }),
      () => forge({ credentials: { accessKeyId: 'a' } }),
      () => forge({ outputs: 'x' }),
      () => forge({ outputs: undefined }),
      () => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
      () => {
        rmSync(path);
        mkdirSync(path);
      },
    ];
    for (const [index, make] of broken.entries()) {
      rmSync(path, { recursive: true, force: true });
      forge({});
      make();
      expect(await findCloud(bucket), `form ${index}`).to.equal(undefined);
    }
  });

  describe('for the scripts', () => {
    let workplace: Workplace;
    beforeEach(async () => {
      workplace = await Workplace.create();
      mkdirSync(join(workplace.bucket, '.s3'));
    });
    afterEach(async () => {
      await workplace.expectNothingLeft();
      await workplace.remove();
    });
    const execute = () =>
      workplace.run('execute.ts', [
        '1',
        'data/empty.txt',
        '--target',
        'local',
        '--bucket-dir',
        workplace.bucket,
      ]);

    it('does not redirect execute.ts if it is forged', async () => {
      const forged = join(workplace.bucket, '.s3', 'local-cloud.json');
      // Everything is true except the process: the named process is not that of this server.
      writeFileSync(forged, JSON.stringify({ ...cloud, pid: process.ppid }), { mode: 0o600 });
      const { code, stderr } = await execute();
      expect(code, stderr).to.equal(0);
      expect(stderr).not.to.contain('Using the local cloud');
    });

    it('is not kept behind a link: execute.ts and local.ts name the link before they start anything', async () => {
      rmSync(join(workplace.bucket, '.s3'), { recursive: true });
      symlinkSync(outside, join(workplace.bucket, '.s3'));
      const outcomes = [await execute(), await workplace.run('local.ts', ['--bucket-dir', workplace.bucket])];
      for (const { code, stdout, stderr } of outcomes) {
        expect([code, stdout], stderr).to.deep.equal([2, '']);
        expect(stderr.replace(/^Running in.*\n/, '')).to.match(
          /^\S+\/\.s3 is not a folder, .*: move it away\.\n$/,
        );
      }
      expect(readdirSync(outside)).to.deep.equal([]);
    });

    it('that cannot be written ends local.ts, and leaves nothing', async () => {
      mkdirSync(join(workplace.bucket, '.s3', 'local-cloud.json', 'full'), { recursive: true });
      const { code, stderr } = await workplace.run('local.ts', ['--bucket-dir', workplace.bucket]);
      expect(code, stderr).to.equal(2);
      expect(stderr).to.match(/local-cloud\.json is a folder where a file is to be: move it away\.\n$/);
    });
  });
});
