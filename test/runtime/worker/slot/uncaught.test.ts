/** Node.js reports uncaught errors. Here the test reports them. slot.process.test.ts has a process that throws them. */
import { mock } from 'node:test';
import { expect } from 'chai';
import { Attempt } from '../../../../runtime/worker/slot/attempt';
import { watchUncaught } from '../../../../runtime/worker/slot/uncaught';
import { failure } from '../../../support/failure';
import { captureLines } from '../../support/lines';

type Tell = (error: unknown) => void;

describe('an uncaught error', () => {
  const lines = captureLines();
  let told: Record<string, Tell>;
  let spoiled: number;
  beforeEach(() => {
    told = {};
    spoiled = 0;
    const { mock: on } = mock.method(process, 'on', (event: string, tell: Tell) => {
      told[event] = tell;
      return process;
    });
    watchUncaught('/worker', () => {
      spoiled += 1;
    });
    on.restore();
  });

  it('fails the object that it belongs to, and spoils the process', async () => {
    const attempt = new Attempt({ key: 'a' });
    const error = await failure(
      attempt.run(() => {
        told.uncaughtException?.(new RangeError('no'));
        return new Promise(() => {});
      }),
    );
    expect(error).to.include({ name: 'ProcessorError', message: 'RangeError: no' });
    expect([spoiled, lines]).to.deep.equal([1, []]);
  });

  it('is logged if it belongs to no object, or to one that has ended', async () => {
    told.uncaughtException?.(new RangeError('nobody'));
    const attempt = new Attempt({ key: 'a' });
    await new Promise<void>((resolve) => {
      void attempt.run(async () => {
        setImmediate(() => {
          told.uncaughtException?.(new RangeError('late'));
          resolve();
        });
      });
    });
    expect(spoiled).to.equal(2);
    const common = { level: 'error', message: 'Uncaught error' };
    expect(lines[0])
      .to.include({ ...common, error: 'RangeError: nobody' })
      .and.not.to.have.property('key');
    expect(lines[1]).to.include({ ...common, error: 'RangeError: late', key: 'a' });
  });

  it('is logged with the object if it is an unhandled rejection, and spoils nothing', async () => {
    await new Attempt({ key: 'a' }).run(async () => told.unhandledRejection?.(new RangeError('no')));
    expect(spoiled).to.equal(0);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({
      level: 'error',
      message: 'Unhandled promise rejection',
      error: 'RangeError: no',
      key: 'a',
    });
  });
});
