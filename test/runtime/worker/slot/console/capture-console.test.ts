/** The text that a processor writes to console, standard output and standard error becomes log lines. */
import { expect } from 'chai';
import { redirectLog } from '../../../../../runtime/log';
import { Attempt } from '../../../../../runtime/worker/slot/attempt';
import { captureConsole, flushConsole } from '../../../../../runtime/worker/slot/console/capture-console';
import { processorLog } from '../../../../../runtime/worker/slot/console/processor-log';
import { captureLines } from '../../../support/lines';

const METHODS = ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const;

describe('the console of a processor', () => {
  const lines = captureLines();
  /** Captures only for as long as the work takes: the test runner writes to the same console. */
  const captured = async (work: () => unknown) => {
    const { stdout, stderr } = process;
    const writes = [stdout.write, stderr.write] as const;
    const methods = METHODS.map((method) => [method, console[method]] as const);
    const exits = process.listeners('exit');
    captureConsole();
    try {
      await work();
    } finally {
      [stdout.write, stderr.write] = writes;
      for (const [method, original] of methods) console[method] = original;
      for (const added of process.listeners('exit')) if (!exits.includes(added)) process.off('exit', added);
      redirectLog((line) => stdout.write(line));
    }
  };
  const said = () => lines.map(({ level, message, key }) => [level, message, key]);

  it('becomes lines of its level, formatted as Node.js does it', async () => {
    await captured(() => {
      console.debug('debug %d', 1);
      console.log('log', { a: 1 });
      console.info('info');
      console.warn('warn');
      console.error(new RangeError('error').message);
      console.trace('trace');
    });
    expect(said()).to.deep.equal([
      ['info', 'debug 1', undefined],
      ['info', 'log { a: 1 }', undefined],
      ['info', 'info', undefined],
      ['warn', 'warn', undefined],
      ['error', 'error', undefined],
      ['warn', 'trace', undefined],
    ]);
  });

  it('becomes a line at each line end, with the key of the object that writes it', async () => {
    const write = () => {
      process.stdout.write('one\ntwo\r\n\nth');
      process.stderr.write(Buffer.from('ree'));
      process.stdout.write('ird\n');
    };
    await captured(() => new Attempt({ key: 'a' }).run(async () => write()));
    expect(said()).to.deep.equal([
      ['info', 'one', 'a'],
      ['info', 'two', 'a'],
      ['info', 'third', 'a'],
    ]);
  });

  it('separates the text of several objects, and logs at the end the text without a line end', async () => {
    const [a, b] = [new Attempt({ key: 'a' }), new Attempt({ key: 'b' })];
    await captured(async () => {
      await a.run(async () => void process.stdout.write('of a'));
      await b.run(async () => void process.stderr.write('of b'));
      process.stdout.write('of nobody');
      expect(lines).to.deep.equal([]);
      flushConsole(b);
      flushConsole(a);
      flushConsole();
      for (const scope of [a, b]) flushConsole(scope);
    });
    expect(said()).to.deep.equal([
      ['warn', 'of b', 'b'],
      ['info', 'of a', 'a'],
      ['info', 'of nobody', undefined],
    ]);
  });

  it('does not wait for ever for a line end', async () => {
    await captured(() => {
      process.stdout.write('x'.repeat(16_384));
      expect(lines).to.deep.equal([]);
      process.stdout.write('x');
      flushConsole();
    });
    expect(lines.map(({ message }) => message)).to.deep.equal([`${'x'.repeat(16_384)}…`]);
  });

  it('calls the callback of a write', async () => {
    await captured(async () => {
      await new Promise<void>((resolve) => process.stdout.write('a\n', () => resolve()));
      await new Promise<void>((resolve) => process.stdout.write('b\n', 'utf8', () => resolve()));
      expect(process.stdout.write('c\n')).to.equal(true);
    });
    expect(lines).to.have.length(3);
  });

  describe('the log of a processor', () => {
    const log = processorLog({ key: 'mine' });

    it('has the fields of its object in each line, and no field replaces them', () => {
      log.info('a', { key: 'lost', level: 'lost', timestamp: 'lost', message: 'lost', count: 1 });
      log.warn('b');
      log.error('c');
      expect(lines[0]).to.include({ level: 'info', message: 'a', key: 'mine', count: 1 });
      expect(lines[0]?.timestamp).not.to.equal('lost');
      expect(said().slice(1)).to.deep.equal([
        ['warn', 'b', 'mine'],
        ['error', 'c', 'mine'],
      ]);
    });

    it('accepts fields that JSON cannot express', () => {
      const loop: Record<string, unknown> = { name: 'loop' };
      loop.self = loop;
      log.info('a', { big: 12n, error: new RangeError('no'), none: undefined });
      log.info('b', loop);
      expect(lines[0]).to.include({ big: '12', error: 'RangeError: no' }).and.not.to.have.property('none');
      expect(lines[1]?.fields).to.match(/name: 'loop'.*\[Circular/s);
      expect(lines[1]).to.include({ key: 'mine' });
    });

    it('accepts messages of any type, and cuts long ones', () => {
      log.info(7 as unknown as string);
      log.info('x'.repeat(16_384));
      log.info('x'.repeat(16_385));
      const [number, whole, cut] = lines.map(({ message }) => message);
      expect([number, whole]).to.deep.equal(['7', 'x'.repeat(16_384)]);
      expect(cut).to.equal(`${'x'.repeat(16_384)}…`);
    });
  });
});
