/** The processors that come with the worker, each on one object. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { processors } from '../../../../runtime/worker/processors';
import { PermanentError, type SourceObject } from '../../../../runtime/worker/processors/processor';
import { isSettled } from '../../support/settled';

const source = (body: Readable = Readable.from([Buffer.from('hel'), Buffer.from('lo')])): SourceObject => ({
  bucket: 'bucket',
  key: 'data/a.txt',
  etag: 'e1',
  size: 5,
  contentType: 'text/plain',
  lastModified: new Date(0),
  metadata: {},
  attempt: 1,
  body,
});
const failing = () =>
  Readable.from(
    (async function* () {
      yield Buffer.from('hel');
      throw new Error('broken');
    })(),
  );
const thrown = (running: Promise<unknown>): Promise<Error> =>
  running.then(
    () => expect.fail('it did not throw'),
    (error) => error,
  );

describe('the processors', () => {
  it('have a version each, which outputs carry', () => {
    const versions = Object.entries(processors).map(([name, { version }]) => [name, version]);
    expect(Object.fromEntries(versions)).to.deep.equal({ checksum: '1', gzip: '1', simulate: '1' });
  });

  describe('checksum', () => {
    it('writes a record of what the object is', async () => {
      const output = await processors.checksum.process(source(), {});
      const sha256 = createHash('sha256').update('hello').digest('hex');
      expect(JSON.parse(String(output.body))).to.deep.equal({
        key: 'data/a.txt',
        size: 5,
        content_type: 'text/plain',
        etag: 'e1',
        sha256,
      });
      expect(output.body).to.match(/\}\n$/);
      expect(output).to.include({ contentType: 'application/json', preview: `sha256 ${sha256}` });
    });
  });

  describe('gzip', () => {
    it('compresses the object', async () => {
      const { body, contentType } = await processors.gzip.process(source(), {});
      expect(gunzipSync(await buffer(body as Readable)).toString()).to.equal('hello');
      expect(contentType).to.equal('application/gzip');
    });

    it('fails where reading the object does', async () => {
      const { body } = await processors.gzip.process(source(failing()), {});
      expect((await thrown(buffer(body as Readable))).message).to.equal('broken');
    });
  });

  describe('simulate', () => {
    const simulate = (env: NodeJS.ProcessEnv, more: Partial<SourceObject> = {}) =>
      processors.simulate.process({ ...source(), ...more }, { SIMULATE_SECONDS: '0', ...env });

    beforeEach(() => {
      mock.method(process, 'exit', (code: number) => {
        throw new Error(`exit code ${code}`);
      });
    });
    afterEach(() => {
      mock.reset();
      mock.timers.reset();
    });
    const seconds: [string | undefined, number][] = [
      ['0.2', 200],
      [undefined, 5_000],
    ];
    for (const [SIMULATE_SECONDS, milliseconds] of seconds) {
      it(`takes ${milliseconds} ms and writes a line, with SIMULATE_SECONDS=${SIMULATE_SECONDS}`, async () => {
        mock.timers.enable({ apis: ['setTimeout'] });
        const working = simulate({ SIMULATE_SECONDS });
        await setImmediate();
        mock.timers.tick(milliseconds - 1);
        expect(await isSettled(working)).to.equal(false);
        mock.timers.tick(1);
        expect(await working).to.deep.equal({
          body: 'Processed data/a.txt (5 bytes)\n',
          contentType: 'text/plain; charset=utf-8',
        });
      });
    }

    for (const SIMULATE_SECONDS of ['-1', 'long']) {
      it(`refuses SIMULATE_SECONDS=${SIMULATE_SECONDS}`, async () => {
        const error = await thrown(simulate({ SIMULATE_SECONDS }));
        expect(error).to.be.instanceOf(PermanentError);
        expect(error.message).to.equal(`SIMULATE_SECONDS is "${SIMULATE_SECONDS}": give 0 or more`);
      });
    }

    it('throws, for good or not', async () => {
      expect(await thrown(simulate({ SIMULATE_FAULT: 'throw' }))).to.include({
        name: 'Error',
        message: 'simulated',
      });
      expect(await thrown(simulate({ SIMULATE_FAULT: 'permanent' }))).to.include({
        name: 'PermanentError',
        message: 'simulated',
      });
    });

    it('ends its process', async () => {
      expect((await thrown(simulate({ SIMULATE_FAULT: 'exit' }))).message).to.equal('exit code 1');
    });

    it('never settles', async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      const hanging = simulate({ SIMULATE_FAULT: 'hang' });
      await setImmediate();
      mock.timers.tick(3_600_000);
      expect(await isSettled(hanging)).to.equal(false);
    });

    it('refuses a fault that it does not have, by name', async () => {
      const error = await thrown(simulate({ SIMULATE_FAULT: 'flood' }));
      expect(error).to.be.instanceOf(PermanentError);
      expect(error.message).to.match(
        /^SIMULATE_FAULT is "flood": give one of throw, permanent, block, hang, exit, segfault, /,
      );
    });

    const meets = async (env: NodeJS.ProcessEnv, more: Partial<SourceObject> = {}) => {
      const running = simulate({ SIMULATE_FAULT: 'throw', ...env }, more);
      return running.then(
        () => false,
        () => true,
      );
    };
    it('meets the fault for keys and attempts that it is told', async () => {
      expect(await meets({ SIMULATE_FAULT_KEY: 'a.t' })).to.equal(true);
      expect(await meets({ SIMULATE_FAULT_KEY: 'b.t' })).to.equal(false);
      expect(await meets({ SIMULATE_FAULT_ATTEMPTS: '2' }, { attempt: 2 })).to.equal(true);
      expect(await meets({ SIMULATE_FAULT_ATTEMPTS: '2' }, { attempt: 3 })).to.equal(false);
      expect(await meets({}, { attempt: 1000 })).to.equal(true);
      expect(await meets({ SIMULATE_FAULT: undefined })).to.equal(false);
    });
  });
});
