import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import simulate from '../../processors/simulate';
import type { SourceObject } from '../../runtime/processor';
import { isSettled } from '../runtime/support/settled';
import { failure } from '../support/failure';
import { objectOf, process } from './support/process';

const run = (parameters: object = {}, more: Partial<SourceObject> = {}) =>
  process(simulate, objectOf(undefined, more), { seconds: 0, ...parameters });

describe('simulate', () => {
  beforeEach(() => {
    mock.method(globalThis.process, 'exit', (code: number) => {
      throw new Error(`exit code ${code}`);
    });
  });
  afterEach(() => {
    mock.reset();
    mock.timers.reset();
  });

  const seconds: [string | number | undefined, number][] = [
    [0.2, 200],
    ['0.2', 200],
    [undefined, 5_000],
  ];
  for (const [given, milliseconds] of seconds) {
    it(`takes ${milliseconds} ms and writes a line, with seconds=${given}`, async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      const working = process(simulate, objectOf(), given === undefined ? {} : { seconds: given });
      for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      mock.timers.tick(milliseconds - 1);
      expect(await isSettled(working)).to.equal(false);
      mock.timers.tick(1);
      expect(await working).to.deep.equal({ body: 'Processed data/a.txt (5 bytes)\n' });
    });
  }

  const refused: [object, string][] = [
    [{ seconds: -1 }, 'seconds'],
    [{ seconds: 'long' }, 'seconds'],
    [{ fault: 'flood' }, 'fault'],
    [{ fault_attempts: 0 }, 'fault_attempts'],
  ];
  for (const [parameters, name] of refused) {
    it(`refuses ${JSON.stringify(parameters)}`, async () => {
      const { issues } = (await failure(run(parameters))) as Error & { issues: { path: string[] }[] };
      expect(issues[0]?.path).to.deep.equal([name]);
    });
  }

  it('throws, permanently or not', async () => {
    expect(await failure(run({ fault: 'throw' }))).to.include({ name: 'Error', message: 'simulated' });
    expect(await failure(run({ fault: 'permanent' }))).to.include({
      name: 'PermanentError',
      message: 'simulated',
    });
  });

  it('ends its process', async () => {
    expect((await failure(run({ fault: 'exit' }))).message).to.equal('exit code 1');
  });

  it('never settles', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const hanging = run({ fault: 'hang' });
    await setImmediate();
    mock.timers.tick(3_600_000);
    expect(await isSettled(hanging)).to.equal(false);
  });

  const meets = (parameters: object, more: Partial<SourceObject> = {}) =>
    run({ fault: 'throw', ...parameters }, more).then(
      () => false,
      () => true,
    );
  it('has the fault for the given keys and attempts', async () => {
    expect(await meets({ fault_key: 'a.t' })).to.equal(true);
    expect(await meets({ fault_key: 'b.t' })).to.equal(false);
    expect(await meets({ fault_attempts: 2 }, { attempt: 2 })).to.equal(true);
    expect(await meets({ fault_attempts: 2 }, { attempt: 3 })).to.equal(false);
    expect(await meets({}, { attempt: 1000 })).to.equal(true);
    expect(await meets({ fault: 'none' })).to.equal(false);
  });
});
