/** Secrets in the local cloud and in try.ts: processors get them, and no file or output of a run shows their values. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { createProject } from '../../scripts/new-processor/project';
import { filesBelow } from '../support/files';
import { Workplace } from '../support/script';
import { until } from '../support/until';

const PROCESSOR = `
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { defineProcessor } from 's3-batch-processor/processor';

export default defineProcessor({
  async setup({ env, log }) {
    log.info('Set up', { env, nested: [{ key: env.API_KEY }] });
  },
  async process(object, { env, log }) {
    const key = env.API_KEY ?? '';
    console.log('the key is ' + key);
    console.error(new Error('with ' + key));
    process.stdout.write('on standard output: ' + env.CERTIFICATE);
    spawnSync('sh', ['-c', 'echo "$API_KEY" >&2'], { stdio: ['ignore', 'ignore', 'inherit'] });
    log.warn('https://user:' + encodeURIComponent(key) + '@example.org', { base64: Buffer.from(key).toString('base64') });
    if (object.key.endsWith('throws')) throw new Error('refused ' + key, { cause: new TypeError(JSON.stringify({ key })) });
    if (object.key.endsWith('crashes')) {
      writeSync(2, 'Error: fatal at ' + key + '\\n');
      process.abort();
    }
    return { body: createHash('sha256').update(key + env.CERTIFICATE).digest('hex') };
  },
});
`;

describe('Secrets on this machine', () => {
  let workplace: Workplace;
  let ours: string;
  let settings: Record<string, string>;

  const newSecrets = () => ({
    // The values have characters that JSON, URLs and regular expressions write differently.
    API_KEY: `k"e\\y+/ ${randomBytes(12).toString('hex')}$&`,
    CERTIFICATE: ['-----BEGIN', randomBytes(24).toString('hex'), randomBytes(24).toString('hex'), ''].join(
      '\n',
    ),
  });
  /** Texts that must appear nowhere: parts of the values that have the same form everywhere. */
  const traces = ({ API_KEY, CERTIFICATE }: ReturnType<typeof newSecrets>) => [
    ...(API_KEY.match(/[0-9a-f]{24}/g) ?? []),
    ...CERTIFICATE.split('\n').slice(1, 3),
    Buffer.from(API_KEY).toString('base64'),
  ];

  beforeEach(async () => {
    workplace = await Workplace.create();
    ours = join(workplace.root, 'ours');
    createProject(ours);
    mkdirSync(join(ours, 'leaky'));
    writeFileSync(join(ours, 'leaky', 'index.ts'), PROCESSOR);
    for (const key of ['works', 'throws', 'crashes']) {
      mkdirSync(join(workplace.bucket, 'in'), { recursive: true });
      writeFileSync(join(workplace.bucket, 'in', key), key);
    }
    settings = {
      BATCH_PROCESSORS_FOLDER: ours,
      BATCH_SLOTS_PER_WORKER: '1',
      BATCH_SECRETS: JSON.stringify({
        API_KEY: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbC123:key::',
        CERTIFICATE: 'arn:aws:ssm:us-east-1:123456789012:parameter/certificate',
      }),
    };
  });
  afterEach(() => workplace.remove());

  /** Each file with its content. Other tests write to dist/ meanwhile: if they rename a file, all are read again. */
  const textsBelow = (...folders: string[]) =>
    until(() => {
      try {
        return folders.flatMap(filesBelow).map((file) => [file, readFileSync(file, 'latin1')]);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return undefined;
      }
    }, 'all files are read');

  const execute = (secrets: Record<string, string>) => {
    const args = ['1', 'in/', ...workplace.here, '--logs', '--json'];
    return workplace.run('execute.ts', [...args, '--tolerated-failure-percentage', '100'], {
      ...settings,
      ...secrets,
    });
  };

  it('reach the processor, and are nowhere else', async () => {
    const secrets = newSecrets();
    const { code, stdout, stderr } = await execute(secrets);
    expect(code, stderr).to.equal(3);
    const output = readFileSync(join(workplace.bucket, 'processed', 'in', 'works'), 'utf8');
    const made = createHash('sha256').update(secrets.API_KEY + secrets.CERTIFICATE);
    expect(output).to.equal(made.digest('hex'));

    expect(stderr).to.include('the key is [secret API_KEY]');
    const texts = await textsBelow(workplace.root, join(ROOT, 'dist'));
    const said = [...texts, ['standard output', stdout], ['standard error', stderr]];
    for (const trace of traces(secrets)) {
      const places = said.filter(([, text]) => text?.includes(trace)).map(([place]) => place);
      expect(places, `places with ${trace}`).to.deep.equal([]);
    }
    const failed = texts.find(
      ([file]) => file?.includes('/results/') && file.endsWith('FAILED_0.jsonl'),
    )?.[1];
    expect(failed).to.include('refused [secret API_KEY]').and.to.include('fatal at [secret API_KEY]');
    await workplace.expectNothingLeft();

    const again = await execute(newSecrets());
    expect(JSON.parse(again.stdout).skipped, 'a new value makes no object anew').to.equal(1);
  });

  it('reach only the processor in try.ts, too', async () => {
    const secrets = newSecrets();
    const file = join(workplace.bucket, 'in', 'works');
    const out = join(workplace.root, 'out');
    const { code, stdout, stderr } = await workplace.run('try.ts', ['leaky', file, '--out', out], {
      ...settings,
      ...secrets,
    });
    expect(code, stderr).to.equal(0);
    const crash = await workplace.run('try.ts', ['leaky', join(workplace.bucket, 'in', 'crashes')], {
      ...settings,
      ...secrets,
    });
    expect(crash.code).to.equal(1);
    expect(stderr).to.include('[secret API_KEY]');
    const said = [stdout, stderr, crash.stdout, crash.stderr].join('\n');
    expect(traces(secrets).filter((trace) => said.includes(trace))).to.deep.equal([]);
  });

  it('that are missing are named in one line, before anything starts', async () => {
    const outcomes = await Promise.all([
      execute({ API_KEY: 'given-on-this-machine' }),
      workplace.run('try.ts', ['leaky', join(workplace.bucket, 'in', 'works')], settings),
    ]);
    const rest = 'of this project, which git ignores.';
    expect(outcomes).to.deep.equal([
      {
        code: 2,
        stdout: '',
        stderr: `The secret CERTIFICATE has no value on this machine: set the variable of that name, or write CERTIFICATE=… into .secrets.env ${rest}\n`,
      },
      {
        code: 2,
        stdout: '',
        stderr: `The secrets API_KEY, CERTIFICATE have no value on this machine: set variables of that name, or write API_KEY=… into .secrets.env ${rest}\n`,
      },
    ]);
    expect(readdirSync(workplace.bucket).sort()).to.deep.equal(['data', 'in']);
  });
});
