import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { failure } from '../../../support/failure';
import { until } from '../../../support/until';
import { streamOf } from '../context';
import { Folder } from './programs';

describe('A program that fails', () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(() => folder.close());

  const bash = (script: string) => folder.slot(['bash', '-c', script]);

  it('with 65 fails the object permanently, with standard error as the message', async () => {
    const error = await failure(bash('echo "page 3 is broken" >&2; exit 65').process('x'));
    expect([error.name, error.message]).to.deep.equal(['PermanentError', 'page 3 is broken']);
    expect((await failure(bash('exit 65').process('x'))).message).to.equal('bash exited with code 65');
  });

  it('with another code, or by a signal, gets another attempt', async () => {
    const error = await failure(bash('echo why >&2; exit 3').process('x'));
    expect([error.name, error.message]).to.deep.equal(['CommandError', 'bash exited with code 3: why']);
    expect((await failure(bash('kill -SEGV $$').process('x'))).message).to.equal('bash was ended by SIGSEGV');
    expect((await failure(bash('kill -KILL $$').process('x'))).message).to.include('memory runs out');
  });

  it('after some output fails that output', async () => {
    const error = await failure(bash('echo some; exec >&-; sleep 0.1; exit 7').begin('x'));
    expect(error.message).to.equal('bash exited with code 7');
  });

  it('after output that nobody has read fails that output', async () => {
    const input = new PassThrough();
    const [output] = await bash('head -c 10000000 /dev/zero & read line; exit 7').begin(input);
    input.end();
    const error = await failure(buffer(streamOf(output)));
    expect(error.message).to.equal('bash exited with code 7');
  });

  it('shows the end of what it wrote to standard error: whole lines, valid UTF-8, at most 2 KiB', async () => {
    const write = `
import sys
for index in range(200_000): sys.stderr.buffer.write(b'line %d \\xff\\xe4\\xb8\\xad\\n' % index)
sys.exit(1)`;
    const slot = folder.python(write);
    const { message } = await failure(slot.process('x'));
    const lines = message.replace('python3 exited with code 1: ', '').split('\n');
    expect(lines.at(-1)).to.equal('line 199999 \uFFFD中');
    expect(lines.every((line) => /^line \d{6} \uFFFD中$/.test(line))).to.equal(true);
    expect(Buffer.byteLength(lines.join('\n'))).to.be.within(1900, 2048);
    expect(slot.messages()[0]).to.equal('line 0 \uFFFD中');
    expect(slot.messages().at(-1)).to.include('more lines are not logged');
  });

  it('shows the end of one line without an end', async () => {
    const write = `import sys; sys.stderr.write('é' * 1_000_000 + '!'); sys.exit(1)`;
    const { message } = await failure(folder.python(write).process('x'));
    expect(message).to.match(/^python3 exited with code 1: é{1000,1024}!$/);
  });

  it('shows as much of a progress bar as a terminal shows', async () => {
    const slot = bash(String.raw`printf '10%%\r50%%\r100%%\r\nfailed\r\n' >&2; exit 1`);
    expect((await failure(slot.process('x'))).message).to.equal('bash exited with code 1: 100%\nfailed');
    expect(slot.messages()).to.deep.equal(['100%', 'failed']);
  });

  it('logs standard error as it comes', async () => {
    const slot = bash('echo first >&2; cat');
    const input = new PassThrough();
    const processing = slot.process(input);
    await until(() => slot.messages().includes('first'), 'the line is logged while the program runs');
    input.end();
    await processing;
  });
});
