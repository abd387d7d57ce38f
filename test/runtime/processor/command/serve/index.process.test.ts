import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mock } from 'node:test';
import timers from 'node:timers/promises';
import { expect } from 'chai';
import { z } from '../../../../../runtime/processor';
import { failure } from '../../../../support/failure';
import { isGone } from '../../../../support/processes';
import { until } from '../../../../support/until';
import { Folder } from '../programs';

/** A loop as its author writes it, without a flush. `handle` gets the request and its text, and returns the fields of the answer. */
const LOOP = (handle: string) => `
import json, os, sys, time
print('loading', os.getpid(), file=sys.stderr)
for line in sys.stdin:
    request = json.loads(line)
    text = open(request['input']).read()
    answer = {'id': request['id']}
    ${handle.split('\n').join('\n    ')}
    print(json.dumps(answer))
`;
const ECHO = "answer['outputs'] = [{'body': text + ' ' + str(os.getpid())}]";

describe('A long-running program', () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(() => folder.close());

  const serve = (handle: string, options = {}) => folder.python(LOOP(handle), { serve: true, ...options });

  it('processes 100 objects with one process', async () => {
    const slot = serve(ECHO);
    const pids = new Set<string | undefined>();
    for (let index = 0; index < 100; index++) {
      const [output] = await slot.process(`text ${index}`);
      const [, number, pid] = (output?.content.toString() ?? '').split(' ');
      expect(number).to.equal(String(index));
      pids.add(pid);
    }
    expect(pids.size).to.equal(1);
  });

  it('gets each object by name, and the parameters', async () => {
    const handle =
      "answer['outputs'] = [{'body': json.dumps([request, sys.argv, os.environ['PARAMETERS']])}]";
    const slot = folder.slot(
      ['python3', '-c', LOOP(handle), '{parameters.size}'],
      { serve: true, parameters: z.object({ size: z.number() }) },
      { parameters: { size: 7 } },
    );
    const [output] = await slot.process('abc', { key: 'a/ü.txt', attempt: 3, metadata: { a: 'b' } });
    const [request, argv, parameters] = JSON.parse(output?.content.toString() ?? '');
    const { input, output: prefix, ...rest } = request;
    expect(input).to.match(/^\/.*\/input\.txt$/);
    expect(prefix).to.match(/^\/.*\/output$/);
    expect(rest).to.deep.equal({
      id: 1,
      key: 'a/ü.txt',
      bucket: 'bucket',
      etag: '0123',
      size: 3,
      content_type: 'text/plain',
      metadata: { a: 'b' },
      attempt: 3,
      parameters: { size: 7 },
    });
    expect(argv).to.deep.equal(['-c', '7']);
    expect(parameters).to.equal('{"size":7}');
  });

  it('gets several objects in flight one by one', async () => {
    const slot = serve(`time.sleep(0.01)\n${ECHO}`);
    const texts = Array.from({ length: 10 }, (_, index) => `${index}`);
    const outputs = await Promise.all(texts.map((text) => slot.process(text)));
    expect(outputs.map(([output]) => output?.content.toString().split(' ')[0])).to.deep.equal(texts);
  });

  it('answers with texts, with files, and with their fields', async () => {
    const handle = `
open(request['output'] + '.bin', 'wb').write(b'\\xff\\0')
answer['outputs'] = [
  {'suffix': '.json', 'body': '"ü"', 'content_type': 'application/json', 'preview': 'ü', 'record': {'n': 1}},
  {'suffix': '.bin', 'file': request['output'] + '.bin'}]`;
    const slot = serve(handle.trim(), { outputs: ['.json', '.bin'], contentType: 'image/x' });
    const [json, bin] = await slot.process('');
    expect(json).to.deep.include({
      suffix: '.json',
      contentType: 'application/json',
      preview: 'ü',
      record: { n: 1 },
    });
    expect(json?.content.toString()).to.equal('"ü"');
    expect(bin).to.deep.include({ suffix: '.bin', contentType: 'image/x' });
    expect(bin?.content).to.deep.equal(Buffer.from([0xff, 0]));
  });

  it('may leave its outputs as files and say nothing about them', async () => {
    const slot = serve("open(request['output'] + '.txt', 'w').write(text)", { outputs: ['.txt'] });
    const [output] = await slot.process('abc');
    expect(output?.content.toString()).to.equal('abc');
    const none = serve('pass', { outputs: ['.txt'] });
    expect((await failure(none.process('abc'))).message).to.equal('python3 wrote no file {output}.txt');
  });

  it('fails one object, permanently if it says so, and goes on', async () => {
    const handle = `
if text == 'bad': answer.update(error='page 3 is broken', permanent=True)
elif text == 'busy': answer['error'] = 'try later'
else: ${ECHO}`;
    const slot = serve(handle.trim());
    const [first] = await slot.process('a');
    const bad = await failure(slot.process('bad'));
    expect([bad.name, bad.message]).to.deep.equal(['PermanentError', 'page 3 is broken']);
    const busy = await failure(slot.process('busy'));
    expect([busy.name, busy.message]).to.deep.equal(['CommandError', 'try later']);
    const [last] = await slot.process('a');
    expect(last?.content).to.deep.equal(first?.content);
  });

  it('that dies fails its current object with the last lines of its standard error, and starts again', async () => {
    const slot = serve(`if text == 'die': print('out of luck', file=sys.stderr); os.abort()\n${ECHO}`);
    const objects = await Promise.allSettled(['a', 'die', 'b'].map((text) => slot.process(text)));
    expect(objects.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    // The last of the three may have been the one that dies. If a program has not answered yet, its message has also what it wrote while it
    // loaded.
    await slot.process('c');
    const { message } = await failure(slot.process('die'));
    expect(message).to.match(/^python3 was ended by SIGABRT: out of luck$/);
  });

  it('that dies is reported with its end, also if the slot learns first that the time is over', async function () {
    if (process.platform !== 'linux') this.skip();
    const slot = serve(`if text == 'die': os.abort()\n${ECHO}`);
    const pid = Number((await slot.process(''))[0]?.content);
    const wait = timers.setTimeout;
    mock.method(timers, 'setTimeout', async (milliseconds: number) => {
      if (milliseconds < 1_000) return wait(milliseconds);
      // The slot is busy meanwhile.
      while (!isGone(pid));
    });
    const { message } = await failure(slot.process('die'));
    mock.reset();
    expect(message).to.equal('python3 was ended by SIGABRT');
  });

  it('that has written much before does not repeat it', async () => {
    const slot = serve(`print('about', text, file=sys.stderr)\nif text == 'die': sys.exit(3)\n${ECHO}`);
    await slot.process('a');
    expect((await failure(slot.process('die'))).message).to.equal('python3 exited with code 3: about die');
  });

  it('that exits with 65 fails its current object permanently, and with 0 for its missing answer', async () => {
    const slot = serve('sys.exit(int(text))');
    expect((await failure(slot.process('65'))).name).to.equal('PermanentError');
    expect((await failure(slot.process('0'))).message).to.equal(
      'python3 exited with code 0 before it answered',
    );
  });

  it('that ends between two objects fails none of them', async () => {
    const slot = serve(ECHO);
    const pid = Number((await slot.process(''))[0]?.content);
    process.kill(pid, 'SIGKILL');
    await until(() => isGone(pid), 'the program is gone');
    expect(Number((await slot.process(''))[0]?.content)).not.to.equal(pid);
    expect(slot.messages().join()).to.include('ended between two objects');
  });

  it('belongs to the setup, also when an object has started it again', async () => {
    const scopes = new AsyncLocalStorage<string>();
    const started: (string | undefined)[] = [];
    const heard = () => started.push(scopes.getStore());
    subscribe('child_process', heard);
    try {
      const slot = serve(`if text == 'die': sys.exit(1)\n${ECHO}`);
      await scopes.run('setup', () => slot.setup());
      await failure(scopes.run('object', () => slot.process('die')));
      await scopes.run('object', () => slot.process('a'));
      expect(started).to.deep.equal(['setup', 'setup']);
    } finally {
      unsubscribe('child_process', heard);
    }
  });

  it('that does not load fails each object at once, with its reason', async () => {
    const slot = folder.python("import sys; sys.exit('no model')", { serve: true });
    for (let attempt = 0; attempt < 2; attempt++)
      expect((await failure(slot.process('a'))).message).to.equal('python3 exited with code 1: no model');
  });

  for (const [what, line, message] of [
    ['text', "print('Loading…')", /is not JSON.*standard error\): Loading…$/],
    [
      'an unknown id',
      "print(json.dumps({'id': 99}))",
      /answered request 99 while request 1 waits: \{"id": 99\}$/,
    ],
    [
      'an unknown field',
      "answer['Outputs'] = []",
      /not valid \(.*Outputs.*\): \{"id": 1, "Outputs": \[\]\}$/,
    ],
    ['an output without content', "answer['outputs'] = [{}]", /outputs\.0: give either file or body/],
    ['a file that does not exist', "answer['outputs'] = [{'file': 'x'}]", /a file that does not exist: x$/],
    ['a line without end', "sys.stdout.write('x' * 17 * 2**20)", /longer than 16 MiB/],
    ['a long line without meaning', "print('x' * 10_000)", /: x{200}…$/],
    ['no more output', 'sys.stdout.flush(); os.close(1); time.sleep(1000)', /closed its standard output$/],
  ] as const)
    it(`that writes ${what} fails its current object and starts again`, async () => {
      const slot = serve(`if text == 'wrong': ${line}\nelse: ${ECHO}`);
      expect((await failure(slot.process('wrong'))).message).to.match(message);
      const [output] = await slot.process('right');
      expect(output?.content.toString()).to.match(/^right/);
    });

  it('is ended with all that it has started when its object is aborted', async function () {
    if (process.platform !== 'linux') this.skip();
    const slot = serve(
      `
import signal, subprocess
if text == 'hang':
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(['setsid', 'sleep', '1000'])
    print('child', child.pid, file=sys.stderr)
    child.wait()
${ECHO}`.trim(),
    );
    const abort = new AbortController();
    const processing = slot.process('hang', {}, abort.signal);
    const pids = () => slot.messages().map((message) => Number(message.split(' ')[1]));
    await until(() => pids().length === 2, 'the child has started');
    abort.abort(new Error('deadline'));
    expect((await failure(processing)).message).to.equal('deadline');
    expect(pids().every(isGone)).to.equal(true);
    expect((await slot.process('next'))[0]?.content.toString()).to.match(/^next/);
  });
});
