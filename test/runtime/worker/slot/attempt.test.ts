import { expect } from 'chai';
import { Attempt, settles } from '../../../../runtime/worker/slot/attempt';
import { scopes } from '../../../../runtime/worker/slot/scope';
import { TaskError } from '../../../../runtime/worker/task-error';
import { failure } from '../../../support/failure';
import { settled } from '../../support/settled';

const NEVER = new Promise<never>(() => {});

describe('an attempt', () => {
  it('gives the result of its work, in its scope', async () => {
    const attempt = new Attempt({ key: 'a' });
    expect(await attempt.run(async () => scopes.getStore()?.fields)).to.deep.equal({ key: 'a' });
    expect(scopes.getStore()).to.equal(undefined);
    expect([attempt.failure, attempt.signal.aborted]).to.deep.equal([undefined, false]);
  });

  it('fails with its work, as the error of the processor', async () => {
    const attempt = new Attempt({});
    const error = await failure(attempt.run(() => Promise.reject(new RangeError('no'))));
    expect(error)
      .to.be.instanceOf(TaskError)
      .and.to.include({ name: 'ProcessorError', message: 'RangeError: no' });
    expect(attempt.failure).to.equal(error);
    expect(attempt.signal.reason).to.equal(error);
  });

  it('fails at once if it is told to, no matter what its work does', async () => {
    const attempt = new Attempt({});
    const running = failure(attempt.run(() => NEVER));
    expect(attempt.fail(new TaskError('StorageError', 'broke off'))).to.equal(true);
    expect(attempt.fail(new Error('later'))).to.equal(true);
    expect(await running).to.include({ name: 'StorageError', message: 'broke off' });
    expect(attempt.signal.aborted).to.equal(true);
  });

  it('may be told to before it runs', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const attempt = new Attempt({});
    attempt.fail(new Error('early'));
    await settled();
    process.off('unhandledRejection', listen);
    expect(unhandled).to.deep.equal([]);
    expect((await failure(attempt.run(() => NEVER))).message).to.equal('Error: early');
  });

  it('fails with the first error, which came before its work noticed', async () => {
    const attempt = new Attempt({});
    attempt.failure = new TaskError('StorageError', 'broke off');
    const error = await failure(attempt.run(() => Promise.reject(new Error('unexpected end'))));
    expect(error).to.include({ name: 'StorageError', message: 'broke off' });
  });

  it('is over when it has ended: later errors do not belong to it', async () => {
    const done = new Attempt({});
    await done.run(async () => 1);
    expect([done.fail(new Error('late')), done.failure]).to.deep.equal([false, undefined]);
    const failed = new Attempt({});
    await failure(failed.run(() => Promise.reject(new Error('no'))));
    expect(failed.fail(new Error('late'))).to.equal(false);
  });
});

describe('whether a promise settles in time', () => {
  it('is true for one that does, resolved or rejected', async () => {
    expect(await settles(Promise.resolve(), 3_600_000)).to.equal(true);
    expect(await settles(Promise.reject(new Error('no')), 3_600_000)).to.equal(true);
  });

  it('is false for one that does not', async () => {
    expect(await settles(NEVER, 1)).to.equal(false);
  });
});
