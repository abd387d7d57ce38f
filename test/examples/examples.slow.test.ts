/**
 * docs/recipes.md word for word, in a project like that of a reader: each line to type, and each file that it shows. Then the answers of
 * the processors to wrong inputs.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { startS3 } from '../../local/s3-alone';
import type { Processor } from '../../runtime/processor';
import { objectOf } from '../processors/support/process';
import { HandMadeSlot, type Written } from '../runtime/processor/context';
import { failure } from '../support/failure';
import { ProjectCopy, withoutNpm } from '../support/project-copy';
import { isMissing, npmRegistry } from '../support/tools';
import { neededBy } from './needed';
import { readFiles, readRecipes } from './recipes';
import { shell } from './shell';
import { WRONG } from './wrong';

/** Lines that need a local cloud: one runs for all of them, so that each takes less time. */
const RUN = /scripts\/(execute|results)\.ts/;

const NAMES = JSON.stringify({ GB: 'United Kingdom' });

describe('docs/recipes.md', () => {
  let copy: ProjectCopy;
  let temporary: string;
  /** Built once all processors are there. */
  let worker: ReturnType<ProjectCopy['worker']> | undefined;

  before(function () {
    if (isMissing('docs/recipes.md', { "npm's registry": npmRegistry() })) this.skip();
    copy = ProjectCopy.create();
    copy.write(readFiles());
    copy.write({ 'processors/countries/names.json': NAMES });
    temporary = mkdtempSync(join(tmpdir(), 'recipes-'));
  });
  after(() => {
    copy?.remove();
    if (temporary) rmSync(temporary, { recursive: true });
  });

  const bucket = (...path: string[]) => join(copy.folder, 'local', 'bucket', ...path);
  const text = (...path: string[]) => readFileSync(bucket('processed', ...path), 'utf8');

  it('gets one line of error if npm cannot reach its registry, and nothing is half done', async () => {
    const environment = {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_cache: join(temporary, 'empty'),
      npm_config_fetch_retries: '0',
    };
    const files = ['package.json', 'package-lock.json', 'processors/package.json', 'processors/apt.txt'];
    const read = () => files.map((file) => readFileSync(join(copy.folder, file), 'utf8'));
    const before = read();
    const line = 'npx ts-node scripts/new-processor.ts letters --from pdf-text';
    const { code, stdout, stderr } = await shell(line, copy.folder, environment);
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr.trim().split('\n')).to.have.length(2);
    expect(stderr).to.match(
      /^Installing unpdf@[\d.]+\nnpm cannot install unpdf@.*ECONNREFUSED.*Nothing has changed/,
    );
    expect(read()).to.deep.equal(before);
    expect(existsSync(join(copy.folder, 'processors', 'letters'))).to.equal(false);
    expect(existsSync(bucket('samples'))).to.equal(false);
  });

  it('has the command that installs the Python packages from `try`, if nobody has run it', async () => {
    const requirements = readFileSync(join(copy.folder, 'processors', 'requirements.txt'));
    copy.append('processors/requirements.txt', 'wheels/redaction-1.0.0-py3-none-any.whl\n');
    const { code, stdout } = await shell('npx ts-node scripts/try.ts word-count README.md', copy.folder, {
      TMPDIR: temporary,
    });
    copy.write({ 'processors/requirements.txt': requirements });
    expect(code).to.equal(1);
    expect(stdout).to.match(
      /PermanentError: setup: The Python packages of processors\/requirements\.txt are not installed: run `npm run processors:install`/,
    );
  });

  for (const { title, lines, example } of readRecipes())
    it(`${title}: its commands before a run work`, async function () {
      if (example && isMissing(`docs/recipes.md, ${title}`, neededBy(example))) this.skip();
      await type(lines.filter((line) => !RUN.test(line)));
    });

  /** Runs the command of npx without npx, which takes half a second for each line. */
  async function type(lines: string[]): Promise<void> {
    for (const line of lines) {
      const typed = line.replace(/^npx /, 'node_modules/.bin/');
      const { code, stdout, stderr } = await shell(typed, copy.folder, { TMPDIR: temporary });
      expect(code, `${line}\n${stdout}${stderr}`).to.equal(0);
    }
  }

  describe('in one local cloud', () => {
    let cloud: ChildProcess;

    before(async () => {
      cloud = spawn(process.execPath, ['-r', 'ts-node/register', 'scripts/local.ts'], {
        cwd: copy.folder,
        env: { ...withoutNpm(), TMPDIR: temporary, BATCH_SLOTS_PER_WORKER: '1' },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const failed = once(cloud, 'exit').then(([code]) => {
        throw new Error(`scripts/local.ts ended with ${code}`);
      });
      // It prints the lines for a shell when it is ready.
      await Promise.race([once(cloud.stdout as Readable, 'data'), failed]);
    });
    after(async () => {
      if (!cloud) return;
      const ended = once(cloud, 'exit');
      cloud.kill('SIGTERM');
      await ended;
    });

    for (const { title, lines, example } of readRecipes().filter(({ lines }) =>
      lines.some((line) => RUN.test(line)),
    ))
      it(`${title}: its run gives the results`, async function () {
        if (example && isMissing(`docs/recipes.md, ${title}`, neededBy(example))) this.skip();
        await type(lines.filter((line) => RUN.test(line)));
        await RESULTS[title]?.();
      });
  });

  /** The results of a recipe. */
  const RESULTS: Record<string, () => void | Promise<void>> = {
    'Text of PDFs': () => {
      const folder = 'letters/samples/pdf-text';
      expect(text(folder, 'letter.pdf.txt')).to.match(/^Letter of .*\.\fPage 2: terms\n.*30 days\.\n$/s);
      expect(text(folder, 'scan.pdf.txt')).to.equal('\n');
    },
    'CSV to Parquet': async () => {
      const folder = bucket('processed', 'tables', 'samples', 'csv-to-parquet');
      expect(await describeParquet(join(folder, 'orders.csv.parquet'))).to.deep.equal({
        order: 'BIGINT',
        customer: 'VARCHAR',
        country: 'VARCHAR',
        placed_at: 'TIMESTAMP',
        total: 'DOUBLE',
      });
      expect(await describeParquet(join(folder, 'temperatures.csv.gz.parquet'))).to.deep.equal({
        sensor: 'VARCHAR',
        measured_at: 'TIMESTAMP',
        celsius: 'DOUBLE',
      });
    },
    'Labels for images': () => {
      const digits = readdirSync(bucket('processed', 'labels', 'samples', 'image-labels'));
      expect(digits).to.have.length(3);
      for (const file of digits) {
        const { label, scores } = JSON.parse(text('labels', 'samples', 'image-labels', file));
        expect(file).to.equal(`digit-${label}.png.json`);
        expect(scores).to.have.length(3);
      }
    },
    'Sound and video': () => {
      const folder = bucket('processed', 'previews', 'samples', 'audio-preview');
      for (const name of ['chirp.wav', 'string.mp3']) {
        const start = (suffix: string) =>
          readFileSync(join(folder, name + suffix))
            .subarray(0, 4)
            .toString('latin1');
        expect([start('.opus'), start('.png')]).to.deep.equal(['OggS', '\x89PNG']);
      }
    },
    Spreadsheets: () => {
      const folder = 'sheets/samples/sheets-to-csv/orders.xlsx';
      expect(text(folder, 'Orders.csv')).to.match(
        /^order,customer,placed,total\n1001,"Lovelace, Ada",2026-11-02/,
      );
      expect(text(folder, 'Q4 totals.csv')).to.equal('country,total\nGB,129.9\nUS,15\n');
      expect(existsSync(bucket('processed', folder, 'internal.csv'))).to.equal(false);
    },
    'A Python package of your own': () => {
      expect(text('redacted', 'samples', 'redact', 'mail.txt')).to.equal(
        'From: █\nTo: █\n\nPlease refund card █ to █.\nThe order number is 4111 1111 1111 1112.\n',
      );
    },
    'One table of all records': () => {
      const folder = bucket('processed', 'records', 'results', 'letters-1');
      const [run = ''] = readdirSync(folder);
      const rows = readFileSync(join(folder, run, 'SUCCEEDED_0.jsonl.csv'), 'utf8')
        .trim()
        .split('\n');
      expect(rows[0]).to.equal('object_key,output_key,pages,pages_without_text,characters');
      expect(rows.slice(1)).to.have.members([
        'samples/pdf-text/letter.pdf,processed/letters/samples/pdf-text/letter.pdf.txt,2,0,177',
        'samples/pdf-text/scan.pdf,processed/letters/samples/pdf-text/scan.pdf.txt,1,1,0',
      ]);
      expect(readFileSync(join(copy.folder, 'letters.txt'), 'utf8')).to.include('Dear Ms Lovelace');
    },
  };

  it('shows files that type-check, as the examples do', async () => {
    const { code, stdout } = await shell('npm run check:processors', copy.folder);
    expect(code, stdout).to.equal(0);
  });

  describe('an object that no other attempt can process fails at once, with an error that says why', () => {
    for (const { name, example, objects } of WRONG)
      it(name, async function () {
        if (isMissing(`wrong objects of ${name}`, neededBy(example))) this.skip();
        const slot = await slotOf(name);
        try {
          for (const [what, content, problem] of objects(temporary)) {
            const error = await failure(slot.process(content, { size: content.length }));
            expect([error.name, error.message], what).to.deep.equal(['PermanentError', problem]);
          }
        } finally {
          slot.close();
        }
      });
  });

  it('an encrypted PDF opens with PDF_PASSWORD', async () => {
    const pdf = readFileSync(join(__dirname, 'wrong', 'encrypted.pdf'));
    const [output] = await processOne('letters', pdf, {}, { PDF_PASSWORD: 'secret' });
    expect(output?.record).to.deep.equal({ pages: 2, pages_without_text: 0, characters: 177 });
  });

  it('a CSV file may have bad rows that the parameter allows, another encoding, or only a header', async () => {
    const [output] = await processOne('tables', Buffer.from('id,name\n1,a\n2\n3,c\n'), { bad_rows: 1 });
    expect(output?.record).to.deep.equal({ rows: 2, bad_rows: 1 });
    const latin = Buffer.from('id,name\n1,\xe9t\xe9\n', 'latin1');
    const [other] = await processOne('tables', latin, { encoding: 'latin-1' });
    expect(other?.record).to.deep.equal({ rows: 1, bad_rows: 0 });
    const [none] = await processOne('tables', Buffer.from('id,name\n'));
    expect(none?.record).to.deep.equal({ rows: 0, bad_rows: 0 });
  });

  it('a CSV file larger than the memory that DuckDB has becomes Parquet', async () => {
    const row = `${'x'.repeat(1000)},${'y'.repeat(1000)}\n`;
    const rows = 300_000;
    const content = Readable.from(
      (function* () {
        yield 'a,b\n';
        for (let made = 0; made < rows; made += 1000) yield row.repeat(1000);
      })(),
    );
    const [output] = await processOne('tables', content);
    expect(output?.record).to.deep.equal({ rows, bad_rows: 0 });
  });

  it('a picture that is not a digit is unknown', async () => {
    const [output] = await processOne('labels', readFileSync(bucket('data', 'images', 'gradient-1.png')));
    expect(output?.record).to.include({ label: 'unknown' });
  });

  it('records of several shapes share a table', async () => {
    const results = [
      { object_key: 'a', outputs: [{ key: 'A', bytes: 1, record: { size: 1 } }] },
      {
        object_key: 'b',
        outputs: [
          { key: 'B', bytes: 1 },
          { key: 'C', bytes: 1, record: { kind: '"x", y' } },
        ],
      },
      { object_key: 'c', processed_key: 'D' },
    ];
    const lines = results.map((result) => `${JSON.stringify(result)}\n`).join('');
    const [output] = await processOne('records', Buffer.from(lines));
    expect(output?.content.toString()).to.equal('object_key,output_key,size,kind\na,A,1,\nb,C,,"""x"", y"\n');
    const number = Buffer.from('{"object_key":"a","outputs":[{"key":"A","record":5}]}\n');
    const [one] = await processOne('records', number);
    expect(one?.content.toString()).to.equal('object_key,output_key,record\na,A,5\n');
  });

  it('unpack gives each file of an archive', async () => {
    const folder = join(temporary, 'archive', 'a b');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'one.txt'), 'first');
    writeFileSync(join(folder, 'empty'), '');
    const file = join(temporary, 'archive.tar.gz');
    execFileSync('tar', ['-czf', file, '-C', join(temporary, 'archive'), 'a b']);
    const outputs = await processOne('unpack', readFileSync(file));
    const made = outputs.map(({ suffix, content }) => [suffix, content.toString()]);
    expect(made).to.deep.equal([
      ['/a b/empty', ''],
      ['/a b/one.txt', 'first'],
    ]);
  });

  it('countries reads its table of rates from S3', async () => {
    const folder = join(temporary, 's3');
    mkdirSync(join(folder, 'lookup'), { recursive: true });
    writeFileSync(join(folder, 'lookup', 'rates.json'), '{"GB":0.2}');
    const server = await startS3({ tables: folder });
    const s3 = new S3Client(server.clientConfig);
    try {
      const parameters = { bucket: 'tables', rates: 'lookup/rates.json' };
      const { definition } = await processorOf('countries');
      const state = await definition.setup?.({ parameters, s3 } as never);
      const process = async (country: string) =>
        definition.process(objectOf(Readable.from([JSON.stringify({ country })])), { state } as never);
      expect(await process('GB')).to.deep.equal({ body: '{"country":"United Kingdom","rate":0.2}' });
      expect(await failure(process('XX'))).to.include({ name: 'PermanentError' });
    } finally {
      s3.destroy();
      await server.close();
    }
  });

  describe('enrich', () => {
    let server: Server;
    let answers: [status: number, headers: Record<string, string>, body: string][];
    const asked: { token?: string; key?: string | string[] }[] = [];
    const enrich = () => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      return processOne('enrich', Buffer.from('x'), { url, calls_per_second: 1000 }, { API_TOKEN: 't' });
    };

    before(async () => {
      server = createServer((request, response) => {
        asked.push({ token: request.headers.authorization, key: request.headers['idempotency-key'] });
        const [status, headers, body] = answers.shift() ?? [200, {}, '{"is":"known"}'];
        response.writeHead(status, headers).end(body);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    beforeEach(() => {
      answers = [];
      asked.length = 0;
    });
    after(() => server.close());

    it('waits as long as a rate limit says, and retries', async () => {
      answers = [
        [429, { 'retry-after': '0' }, ''],
        [503, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, ''],
      ];
      const [output] = await enrich();
      expect(output?.content.toString()).to.equal('{"is":"known"}');
      expect(asked).to.deep.equal(Array(3).fill({ token: 'Bearer t', key: 'data/object:0123' }));
    });

    it('treats a refusal as permanent, and a fault of the API as retryable', async () => {
      answers = [[422, {}, 'no such text']];
      expect(await failure(enrich())).to.include({
        name: 'PermanentError',
        message: 'the API answers 422: no such text',
      });
      answers = [[500, {}, '']];
      expect(await failure(enrich())).to.include({ name: 'Error', message: 'the API answers 500' });
    });
  });

  async function processorOf(name: string): Promise<Processor> {
    worker ??= copy.worker();
    const module = join(worker.folder, 'processors', name, 'index.mjs');
    return (await import(pathToFileURL(module).href)).default;
  }

  async function slotOf(name: string, parameters = {}, env = {}): Promise<HandMadeSlot> {
    const processor = await processorOf(name);
    return new HandMadeSlot(processor, { folder: join(copy.folder, 'processors', name), parameters, env });
  }

  async function processOne(
    name: string,
    content: Buffer | Readable,
    parameters = {},
    env = {},
  ): Promise<Written[]> {
    const slot = await slotOf(name, parameters, env);
    try {
      return await slot.process(content, { key: 'data/object' });
    } finally {
      slot.close();
    }
  }

  async function describeParquet(file: string): Promise<Record<string, unknown>> {
    const { DuckDBInstance } = require(join(copy.folder, 'node_modules', '@duckdb', 'node-api'));
    const database = await DuckDBInstance.create(':memory:');
    const sql = await database.connect();
    const rows = (await sql.runAndReadAll(`DESCRIBE FROM '${file}'`)).getRowsJson() as string[][];
    database.closeSync();
    return Object.fromEntries(rows);
  }
});
