/** A slot in this process: processors as modules in a folder, and the local cloud's S3. slot.process.test.ts has the slot's own process. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Slot } from '../../../../runtime/worker/slot/slot';
import { BUCKET, startServer, type TestServer } from '../../../local/services/s3/server';
import { failure } from '../../../support/failure';
import { until } from '../../../support/until';
import { captureLines } from '../../support/lines';
import { s3Of } from '../../support/s3-of';
import { taskOf } from '../../support/task-cloud';

const DEFINITION = `outputs: [''], version: '1'`;
const PROCESSORS: Record<string, string> = {
  upper: `{ ${DEFINITION}, async process(object) { return [{ suffix: '', body: (await object.text()).toUpperCase() }]; } }`,
  unversioned: `{ outputs: [''], process: () => [{ suffix: '', body: 'x' }] }`,
  // The result of setup is the processor's state. Setup fails the first time.
  setup: `(() => {
    let setups = 0;
    return { ${DEFINITION},
      async setup({ parameters, folder, env, log, s3 }) {
        setups += 1;
        log.info('set up', { in: folder.split('/').at(-1), hasEnv: env === process.env, hasS3: Boolean(s3.send) });
        if (setups === 1) throw new RangeError('no model');
        return { setups };
      },
      process: (object, { state }) => [{ suffix: '', body: String(state.setups) }],
    };
  })()`,
  // Holds each object until the test lets it go on.
  held: `{ ${DEFINITION},
    async process(object) {
      const text = await object.text();
      await new Promise((go) => globalThis.heldObjects.set(object.key, go));
      return [{ suffix: '', body: text }];
    } }`,
};

describe('a slot', () => {
  const lines = captureLines();
  let server: TestServer;
  let folder: string;
  const held = new Map<string, () => void>();
  before(async () => {
    Object.assign(globalThis, { heldObjects: held });
    server = await startServer();
    folder = await mkdtemp(join(tmpdir(), 'slot-test-'));
    const write = async (name: string, text: string) => {
      await mkdir(join(folder, 'processors', name), { recursive: true });
      await writeFile(join(folder, 'processors', name, 'index.mjs'), text);
    };
    for (const [name, definition] of Object.entries(PROCESSORS))
      await write(name, `export default { definition: ${definition}, parametersSchema: {} };`);
    await write('broken', `${'\n'.repeat(11)}    throw new Error("NOT_THERE_URL is not set");`);
    await write('none', 'export const processor = 1;');
    await write('half', 'export default { definition: { process() {} } };');
    await write('wrong', 'export default { definition: { process: 1 }, parametersSchema: {} };');
    await writeFile(join(folder, 'processors', 'versions.json'), JSON.stringify({ upper: '2' }));
    for (const key of ['a', 'b', 'c', 'd']) await server.put(key, `text of ${key}`);
  });
  after(async () => {
    delete (globalThis as { heldObjects?: unknown }).heldObjects;
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (name: string, bufferBytes = 1_000, workerFolder = folder) => {
    const said: string[] = [];
    const slot = new Slot({
      workerFolder,
      scratchFolder: join(folder, 'scratch'),
      bufferBytes,
      s3: s3Of(server.client),
      onState: (state) => said.push(state),
    });
    const process = (key: string, parameters = {}) => {
      const { objects: _, ...task } = {
        ...taskOf(key),
        bucket: BUCKET,
        output_bucket: BUCKET,
        processor: name,
        parameters,
        force: true,
      };
      return slot.process({ task, key, isRepeated: false, workerId: 'w' }, (stage) =>
        said.push(`${key} ${stage}`),
      );
    };
    return { slot, said, process };
  };
  const read = (key: string) => server.text(`processed/${key}`);
  it('loads its processor once, says so, and processes', async () => {
    const { slot, said, process } = open('upper');
    expect(await process('a')).to.include({ status: 'success', bytes_in: 9, worker_id: 'w' });
    expect(await read('a')).to.equal('TEXT OF A');
    expect(said).to.deep.equal(['loading', 'ready', 'a processing', 'a writing']);
    await process('b');
    expect(said.slice(4)).to.deep.equal(['b processing', 'b writing']);
    expect(slot.isSpent).to.equal(false);
  });

  const UNLOADABLE: [string, RegExp][] = [
    [
      'broken',
      /^processors\/broken does not load: Error: NOT_THERE_URL is not set \(processors\/broken\/index\.mjs:12:11\)$/,
    ],
    ['gone', /^processors\/gone does not load: /],
    ['none', /^processors\/none exports no processor by default: write `export default/],
    ['half', /^processors\/half exports no processor by default/],
    ['wrong', /^processors\/wrong exports no processor by default/],
    ['unversioned', /^processors\/versions.json has no version of unversioned: build it again$/],
  ];
  for (const [name, message] of UNLOADABLE) {
    it(`is spent if its processor does not load: ${name}`, async () => {
      const { slot, said, process } = open(name);
      const error = await failure(process('a'));
      expect(error).to.include({ name: 'ProcessorNotLoaded' });
      expect(error.message).to.match(message);
      expect(slot.isSpent).to.equal(true);
      expect(said).to.deep.equal(['loading', 'ready']);
    });
  }

  it('is spent if the versions of processors cannot be read', async () => {
    const other = await mkdtemp(join(folder, 'other-'));
    await mkdir(join(other, 'processors', 'unversioned'), { recursive: true });
    const module = `export default { definition: ${PROCESSORS.unversioned}, parametersSchema: {} };`;
    await writeFile(join(other, 'processors', 'unversioned', 'index.mjs'), module);
    const error = await failure(open('unversioned', 0, other).process('a'));
    expect(error).to.include({ name: 'ProcessorNotLoaded' });
    expect(error.message).to.match(/^processors\/versions.json cannot be read: .*ENOENT/);
  });

  it('sets its processor up for the first object, again if that failed, and then never again', async () => {
    const { slot, said, process } = open('setup');
    const error = await failure(process('a'));
    expect(error).to.include({ name: 'ProcessorError', message: 'setup: RangeError: no model' });
    expect(slot.isSpent).to.equal(false);
    expect(said).to.deep.equal(['loading', 'ready', 'setup', 'ready']);
    await process('a');
    await process('b');
    expect([await read('a'), await read('b')]).to.deep.equal(['2', '2']);
    expect(said.slice(4)).to.deep.equal([
      'setup',
      'ready',
      'a processing',
      'a writing',
      'b processing',
      'b writing',
    ]);
    const line = lines.find(({ message }) => message === 'set up');
    expect(line).to.include({ processor: 'setup', in: 'setup', hasEnv: true, hasS3: true });
  });

  it('gives its processor one object at a time, in order, and reads the others ahead', async () => {
    const { said, process } = open('held');
    const processing = ['a', 'b', 'c'].map((key) => process(key));
    await until(() => held.has('a'), 'the first one has its turn');
    for (const [key, next] of [
      ['a', 'b'],
      ['b', 'c'],
      ['c', ''],
    ] as const) {
      expect([...held.keys()]).to.deep.equal([key]);
      held.get(key)?.();
      held.delete(key);
      if (next) await until(() => held.has(next), 'the next one has its turn');
    }
    const results = await Promise.all(processing);
    expect(results.map(({ object_key }) => object_key)).to.deep.equal(['a', 'b', 'c']);
    expect(said.filter((each) => each.endsWith('processing'))).to.deep.equal(
      ['a', 'b', 'c'].map((key) => `${key} processing`),
    );
  });

  it('opens an object again at its turn if there is no room to read it ahead, and writes it before the next one', async () => {
    const { said, process } = open('held', 0);
    const gets = () =>
      server.needed.flat().filter((need) => need.startsWith('s3:GetObject ') && need.endsWith('/b')).length;
    const before = gets();
    const processing = ['a', 'b'].map((key) => process(key));
    await until(() => held.has('a') && gets() === before + 1, 'the second one was opened');
    held.get('a')?.();
    await until(() => held.has('b'), 'the second one has its turn');
    expect(gets()).to.equal(before + 2);
    held.get('b')?.();
    held.clear();
    await Promise.all(processing);
    expect([await read('a'), await read('b')]).to.deep.equal(['text of a', 'text of b']);
    expect(said.filter((each) => each.endsWith('writing'))).to.deep.equal([]);
  });

  it('gives waiting objects back if it is spent before their turn', async () => {
    const { slot, process } = open('held');
    const first = process('a');
    await until(() => held.has('a'), 'the first one has its turn');
    const second = failure(process('b'));
    slot.spend();
    held.get('a')?.();
    held.clear();
    expect(await first).to.include({ status: 'success' });
    expect((await second).constructor.name).to.equal('ReturnedObject');
    expect(held.has('b')).to.equal(false);
  });
});
