/** A slot's own process: the bundle, processors as the build leaves them, and the local cloud's S3. */
import { existsSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import type { Task } from '../../../../runtime/contract';
import { processesOfSlot } from '../../../../runtime/processes';
import { BUCKET, startServer, type TestServer } from '../../../local/services/s3/server';
import { isGone } from '../../../support/processes';
import { until } from '../../../support/until';
import { serviceEnvironment } from '../../support/environment';
import { BUFFER_BYTES, makeWorkerFolder, TestSlot, type WorkerFolder } from '../../support/worker-folder';

const DEFINE = `import { defineProcessor, PermanentError, z } from '../../runtime/processor';`;

/** Processors that do what the object's key says. */
const PROCESSORS = {
  'upper/index.ts': `${DEFINE}
    const loaded = await Promise.resolve(process.pid);
    let setups = 0;
    export default defineProcessor({
      parameters: z.object({ mark: z.string().default('!'), times: z.coerce.number().default(1) }),
      async setup({ parameters, log }) {
        setups += 1;
        log.info('set up', { key: 'mine', times: parameters.times });
        console.log('in setup');
        return { setups };
      },
      async process(object, { parameters, state, log }) {
        log.info('seen', { message: 'lost', size: object.size, big: 1n });
        return { body: (await object.text()).toUpperCase() + parameters.mark.repeat(parameters.times) + state.setups, record: { loaded } };
      },
    });`,
  'throws/helper.ts': `export function fail(): never {
      try {
        JSON.parse('{');
      } catch (cause) {
        throw new TypeError('cannot', { cause });
      }
    }`,
  'throws/index.ts': `${DEFINE}
import { fail } from './helper';
export default defineProcessor({
  process({ key }) {
    fail();
  },
});`,
  'broken/index.ts': `${DEFINE}
const url = process.env.NOT_THERE_URL;
if (!url) throw new Error('NOT_THERE_URL is not set');
export default defineProcessor({ process: () => ({ body: url }) });`,
  'missing/index.ts': `${DEFINE}
import sharp from 'not-there';
export default defineProcessor({ process: () => ({ body: sharp }) });`,
  'none/index.ts': `export const processor = 1;`,
  'setup/index.ts': `${DEFINE}
    import { spawn } from 'node:child_process';
    import { setTimeout as delay } from 'node:timers/promises';
    let setups = 0;
    export default defineProcessor({
      async setup() {
        setups += 1;
        if (process.env.SETUP === 'throw' && setups === 1) throw new PermanentError('no model');
        if (process.env.SETUP === 'exit') process.exit(7);
        if (process.env.SETUP === 'event') {
          setImmediate(() => { throw new Error('connection lost'); });
          await new Promise(() => {});
        }
        return spawn('sleep', ['600'], { stdio: 'ignore' });
      },
      async process({ key }, { state }) {
        const child = spawn('sh', ['-c', 'sleep 600 & sleep 600'], { stdio: 'ignore' });
        const far = spawn('sleep', ['600'], { stdio: 'ignore', detached: true });
        await delay(50);
        return { body: '', record: { server: state.pid, child: child.pid, far: far.pid } };
      },
    });`,
  'acts/index.ts': `${DEFINE}
    import { writeFileSync, writeSync, readdirSync } from 'node:fs';
    import { join } from 'node:path';
    import { EventEmitter } from 'node:events';
    import { setTimeout as delay } from 'node:timers/promises';
    const acts = {
      async floating(key) { void delay(10).then(() => Promise.reject(new Error('telemetry of ' + key))); await delay(100); },
      async event() { setTimeout(() => new EventEmitter().emit('error', new Error('socket')), 10); await new Promise(() => {}); },
      async gate() { console.log('gate'); await new Promise((resolve) => process.once('SIGUSR2', resolve)); },
      async spoil() { await acts.gate(); setImmediate(() => { throw new Error('spoilt'); }); await new Promise(() => {}); },
      async slow() { await delay(400); },
      async busy() { for (const end = performance.now() + 300; performance.now() < end; ); },
      async hang(_, { signal }) { signal.addEventListener('abort', () => console.log('aborted', signal.reason.name)); await new Promise(() => {}); },
      async pipe(_, __, object) { object.body.pipe(new (await import('node:stream')).PassThrough()); await new Promise(() => {}); },
      async scratch(_, context) { writeFileSync(join(context.scratch, 'a'), 'x'); console.log(context.scratch); },
      async 'scratch-throw'(_, context) { writeFileSync(join(context.scratch, 'a'), 'x'); throw new Error('no'); },
      async console(key) {
        console.log('one %d', 1, { two: 2 }); console.warn('careful'); console.error(new Error('seen').message);
        process.stdout.write('half '); process.stdout.write('line\\nnext\\n'); process.stderr.write(Buffer.from('rest'));
        await new Promise((resolve) => process.stdout.write('', resolve));
      },
    };
    export default defineProcessor({
      async process(object, context) {
        const [name] = object.key.split('/').slice(-1);
        await acts[name]?.(object.key, context, object);
        return { body: object.key };
      },
    });`,
};

describe('a slot', () => {
  let folder: WorkerFolder;
  let server: TestServer;
  let slots: TestSlot[];
  before(async () => {
    folder = await makeWorkerFolder(PROCESSORS);
  });
  after(() => folder.remove());
  beforeEach(async () => {
    slots = [];
    server = await startServer();
  });
  afterEach(async () => {
    await Promise.all(slots.map((slot) => slot.close()));
    await server.close();
  });
  const start = (processor: string, environment: NodeJS.ProcessEnv = {}) => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const variables = { ...serviceEnvironment(server.endpoint, credentials), ...environment };
    const slot = new TestSlot(folder, processor, variables);
    slots.push(slot);
    return slot;
  };
  const put = async (...keys: string[]) => {
    for (const Key of keys) await server.put(Key, 'hello');
  };
  const with_ = (parameters: Task['parameters']): Partial<Task> => ({ parameters });

  it('loads its processor and sets it up once, with the parameters and their defaults', async () => {
    await put('a', 'b');
    const slot = start('upper');
    expect(await slot.result('a', with_({ times: '2' }))).to.include({
      status: 'success',
      content: 'HELLO!!1',
    });
    const { outputs } = await slot.result('b', with_({ times: '2' }));
    expect(outputs).to.deep.equal([{ key: 'processed/b', bytes: 8, record: { loaded: slot.child.pid } }]);
    expect(await server.text('processed/b')).to.equal('HELLO!!1');
    expect(slot.states).to.deep.equal(['loading', 'ready', 'setup', 'ready']);
  });

  it('logs for its processor: with its name during setup, with the key for an object', async () => {
    await put('a');
    const slot = start('upper');
    await slot.result('a');
    expect(await slot.said('set up')).to.deep.include({
      level: 'info',
      processor: 'upper',
      key: 'mine',
      times: 1,
    });
    expect(await slot.said('in setup')).to.deep.include({ level: 'info', processor: 'upper' });
    expect(await slot.said('seen')).to.deep.include({ level: 'info', key: 'a', size: 5, big: '1' });
    expect(slot.strange).to.deep.equal([]);
  });

  describe('with several objects', () => {
    const requestsOf = (key: string) =>
      server.needed.flat().filter((one) => one === `s3:GetObject arn:aws:s3:::${BUCKET}/${key}`).length;

    it('reads the next ones while the processor has one, and writes one while the processor has the next', async () => {
      await put('gate', 'b', 'c');
      const slot = start('acts');
      const all = [slot.result('gate')];
      await slot.said('gate');
      all.push(slot.result('b'), slot.result('c'));
      await until(() => requestsOf('b') + requestsOf('c') === 2, 'both are read');
      expect(slot.stages).to.deep.equal([[0, 'processing']]);
      slot.child.kill('SIGUSR2');
      for (const { status } of await Promise.all(all)) expect(status).to.equal('success');
      const [, second, third] = slot.stages;
      expect(second).to.deep.equal([0, 'writing']);
      // The object that arrived first is next.
      expect(third).to.deep.oneOf([
        [1, 'processing'],
        [2, 'processing'],
      ]);
      const processed = slot.stages.filter(([, stage]) => stage === 'processing').map(([id]) => id);
      expect(processed).to.have.members([0, 1, 2]);
      for (const key of ['gate', 'b', 'c']) expect(await server.text(`processed/${key}`)).to.equal(key);
    });

    it("opens an object that does not fit into its memory at the object's turn", async () => {
      await put('gate');
      // More bytes than the connection itself holds.
      const Body = Buffer.alloc(32 * BUFFER_BYTES, 'x');
      await server.put('large', Body);
      const slot = start('acts');
      const first = slot.result('gate');
      await slot.said('gate');
      const large = slot.result('large');
      // The slot drops an object that is too large to hold.
      await until(() => requestsOf('large') === 1 && server.inFlight() === 0, 'its size is known');
      slot.child.kill('SIGUSR2');
      expect(await first).to.include({ status: 'success' });
      expect(await large).to.include({ status: 'success', bytes_in: Body.length });
      expect(requestsOf('large')).to.equal(2);
    });

    it('gives back those that had no turn if the processor has spoiled its process', async () => {
      await put('spoil', 'b');
      const slot = start('acts');
      const failed = slot.failure('spoil');
      await slot.said('gate');
      void slot.process('b').catch(() => {});
      await until(() => requestsOf('b') === 1, 'the other one is read');
      slot.child.kill('SIGUSR2');
      expect((await failed).message).to.contain('spoilt');
      await until(() => slot.stages.length === 3, 'the other one is given back');
      expect(slot.stages.map(([id]) => id)).to.have.members([0, 0, 1]);
      expect(await server.text('processed/b').catch(({ name }) => name)).to.equal('NoSuchKey');
    });

    it('counts the time of each without its wait for its turn', async () => {
      await put('gate', 'b', 'c');
      const slot = start('acts');
      const first = slot.result('gate');
      await slot.said('gate');
      const second = slot.result('b');
      await until(() => requestsOf('b') === 1 && server.inFlight() === 0, 'the second one is read');
      // The slot sends no message when an object begins to wait. It only asks for another one then.
      const third = slot.result('c');
      await until(() => requestsOf('c') === 1, 'the third one is read');
      slot.child.kill('SIGUSR2');
      await Promise.all([first, third]);
      const b = await second;
      const took = (Date.parse(b.processed_at) - Date.parse(b.started_at)) / 1000;
      expect(b.processing_time).to.be.below(took);
    });
  });

  for (const [parameters, message] of [
    [{ times: 'many' }, /^the parameters of upper do not fit: times: .*number/],
    [{ tims: 2 }, /^the parameters of upper do not fit: Unrecognized key: "tims"$/],
  ] as const) {
    it(`refuses parameters that do not fit: ${JSON.stringify(parameters)}`, async () => {
      await put('a');
      const failure = await start('upper').failure('a', with_(parameters));
      expect(failure).to.include({ error: 'InvalidParameters' });
      expect(failure.message).to.match(message);
    });
  }

  for (const [processor, message] of [
    [
      'broken',
      /^processors\/broken does not load: Error: NOT_THERE_URL is not set \(processors\/broken\/index\.ts:3:17\)$/,
    ],
    [
      'missing',
      /^processors\/missing does not load: Error: Cannot find package 'not-there' imported from .*processors\/missing\/index\.mjs$/,
    ],
    ['none', /^processors\/none exports no processor by default: write `export default defineProcessor/],
    ['nowhere', /^processors\/nowhere does not load: Error: Cannot find module/],
  ] as const) {
    it(`says why a processor does not load, and is spent: ${processor}`, async () => {
      await put('a');
      const { failure, isSpent } = await start(processor).process('a');
      expect(failure).to.include({ error: 'ProcessorNotLoaded' });
      expect(failure?.message).to.match(message);
      expect(isSpent).to.equal(true);
    });
  }

  it("describes the thrown error, with causes, and its place in the processor's files", async () => {
    await put('a');
    const failure = await start('throws').failure('a');
    expect(failure.error).to.equal('ProcessorError');
    expect(failure.message).to.match(/^TypeError: cannot ← SyntaxError: Expected property name/);
    const lines = failure.stack?.split('\n') ?? [];
    expect(lines[0]).to.match(/^ {4}at (\w+ \()?processors\/throws\/helper\.ts:5:15\)?$/);
    expect(lines[1]).to.match(/^ {4}at (Object\.)?process \(processors\/throws\/index\.ts:5:5\)$/);
    expect(lines.slice(2)).to.have.length(2);
    expect(lines[2]).to.match(/^← SyntaxError: Expected/);
    expect(lines[3]).to.match(/processors\/throws\/helper\.ts:3:14/);
  });

  it('fails the object if setup fails, and sets up again for the next one', async () => {
    await put('a', 'b');
    const slot = start('setup', { SETUP: 'throw' });
    const { failure, isSpent } = await slot.process('a');
    expect(failure).to.include({ error: 'PermanentError', message: 'setup: no model' });
    expect(isSpent).to.equal(false);
    await slot.result('b');
  });

  it('fails the object if setup has an uncaught error', async () => {
    await put('a');
    const { failure, isSpent } = await start('setup', { SETUP: 'event' }).process('a');
    expect(failure).to.include({ error: 'ProcessorError', message: 'setup: Error: connection lost' });
    expect(isSpent).to.equal(true);
  });

  it('ends the processes that an object leaves, but not those of setup', async function () {
    if (process.platform !== 'linux') this.skip();
    await put('a', 'b');
    const slot = start('setup');
    const pids = async (key: string) => {
      const [output] = (await slot.result(key)).outputs ?? [];
      return output?.record as { server: number; child: number; far: number };
    };
    const first = await pids('a');
    for (const pid of [first.child, first.far]) await until(() => isGone(pid), 'the process ends');
    const second = await pids('b');
    for (const pid of [second.child, second.far]) await until(() => isGone(pid), 'the process ends');
    expect(second.server).to.equal(first.server);
    expect(isGone(first.server)).to.equal(false);
    // The grandchild too, whose parent was the shell.
    const { pid: leader = 0 } = slot.child;
    const left = () => processesOfSlot(leader, slot.slotId).map(({ pid }) => pid);
    await until(() => left().length <= 2, 'the grandchild ends');
    expect(left().sort()).to.deep.equal([leader, first.server].sort());
  });

  it('logs an unhandled rejection with its object, and does not fail the object', async () => {
    await put('floating');
    const slot = start('acts');
    const { result, isSpent } = await slot.process('floating');
    expect(result).to.include({ status: 'success' });
    expect(isSpent).to.equal(false);
    expect(await slot.said('Unhandled promise rejection')).to.deep.include({
      level: 'error',
      key: 'floating',
      error: 'Error: telemetry of floating',
    });
  });

  it('fails the object of an uncaught error, and not its neighbour', async () => {
    await put('event', 'slow');
    const slot = start('acts');
    const [event, slow] = await Promise.all([slot.process('event'), slot.process('slow')]);
    expect(event.failure).to.include({ error: 'ProcessorError', message: 'Error: socket' });
    expect(event.isSpent).to.equal(true);
    // If its turn came second, another slot processes it.
    expect(slow.isReturned ?? slow.result?.status).to.be.oneOf([true, 'success']);
  });

  it('writes and reports finished objects between those of a processor that never waits', async () => {
    // The number is so large that S3 has answered for the first object before the last one begins, also on a busy machine.
    const keys = ['1/busy', '2/busy', '3/busy', '4/busy', '5/busy', '6/busy'];
    await put(...keys);
    const slot = start('acts');
    await Promise.all(keys.map((key) => slot.result(key)));
    const at = (number: number, stage: string) =>
      slot.stages.findIndex(([id, one]) => id === number && one === stage);
    const order = slot.stages.filter(([, stage]) => stage === 'processing').map(([id]) => id);
    const [first = 0, last = 0] = [order[0], order.at(-1)];
    expect(order).to.have.length(keys.length);
    expect(at(first, 'done')).to.be.within(0, at(last, 'processing'));
  });

  it('makes the console of an object log lines, each with its key', async () => {
    await put('x/console', 'y/console');
    const slot = start('acts');
    await Promise.all([slot.result('x/console'), slot.result('y/console')]);
    const own = (key: string) =>
      slot.lines
        .filter((line) => line.key === key && !/S3 object/.test(String(line.message)))
        .map(({ level, message }) => [level, message]);
    for (const key of ['x/console', 'y/console']) {
      await until(() => own(key).length >= 6, 'its lines are there');
      expect(own(key)).to.deep.equal([
        ['info', 'one 1 { two: 2 }'],
        ['warn', 'careful'],
        ['error', 'seen'],
        ['info', 'half line'],
        ['info', 'next'],
        ['warn', 'rest'],
      ]);
    }
    expect(slot.strange).to.deep.equal([]);
  });

  it('gives an object a scratch folder of its own, and removes it, after a failure too', async () => {
    await put('x/scratch', 'y/scratch', 'scratch-throw');
    const slot = start('acts');
    await Promise.all([slot.result('x/scratch'), slot.result('y/scratch'), slot.failure('scratch-throw')]);
    const folders = () =>
      slot.lines.map(({ message }) => message).filter((text) => text?.startsWith(slot.scratchFolder));
    await until(() => folders().length === 2, 'both have said theirs');
    expect(new Set(folders())).to.have.property('size', 2);
    expect(readdirSync(slot.scratchFolder)).to.deep.equal([]);
  });

  it('makes no scratch folder if no processor asks for it', async () => {
    await put('a');
    const slot = start('acts');
    await slot.result('a');
    expect(existsSync(slot.scratchFolder)).to.equal(false);
  });
});
