import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect } from 'chai';
import { failure } from '../../../support/failure';
import { isGone } from '../../../support/processes';
import { until } from '../../../support/until';
import { streamOf } from '../context';
import { Folder } from './programs';

/** A program that does not end by itself, nor at SIGTERM. Nor do its child and an orphaned grandchild. */
const STUBBORN = `
trap '' TERM
(trap '' TERM; sleep 1000 & echo $! >&2; setsid sleep 1000 & sleep 1000) &
echo $! >&2
echo $$ >&2
`;

describe('A program and all that it has started end with the attempt', () => {
  let folder: Folder;

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(() => folder.close());

  const start = (script: string) => {
    const slot = folder.slot(['bash', '-c', script]);
    const abort = new AbortController();
    const pids = () => slot.messages().map(Number);
    return {
      abort,
      begin: () => slot.begin(new Readable({ read() {} }), {}, abort.signal),
      running: async () => {
        await until(() => slot.log.length === 3, 'the processes have named themselves');
        expect(pids().some(isGone)).to.equal(false);
      },
      gone: () => until(() => pids().every(isGone), 'the processes are gone'),
    };
  };

  it('when it is aborted before it writes', async () => {
    const { abort, begin, running, gone } = start(`${STUBBORN} wait`);
    const processing = begin();
    await running();
    abort.abort(new Error('deadline'));
    expect((await failure(processing)).message).to.equal('deadline');
    await gone();
  });

  it('when it is aborted while it writes', async () => {
    const { abort, begin, running, gone } = start(`${STUBBORN} yes`);
    const body = streamOf((await begin())[0]);
    await running();
    abort.abort(new Error('deadline'));
    expect((await failure(finished(body.resume()))).message).to.equal('deadline');
    await gone();
  });

  it('when nobody reads its output any longer', async () => {
    const { begin, running, gone } = start(`${STUBBORN} yes`);
    const body = streamOf((await begin())[0]);
    await running();
    body.destroy();
    await gone();
  });

  it('when it fails', async () => {
    const { begin, gone } = start(`${STUBBORN} exit 1`);
    expect((await failure(begin())).message).to.match(/^bash exited with code 1/);
    await gone();
  });

  it('when it succeeds', async () => {
    const { begin, gone } = start(
      `exec 3>&1 >/dev/null; ${STUBBORN} echo done >&3`.replace(/\) &/, ') 3>&- &'),
    );
    const body = streamOf((await begin())[0]);
    expect(await body.toArray()).to.deep.equal([Buffer.from('done\n')]);
    await gone();
  });

  it('but processes that a successful program has started may finish its output', async () => {
    const slot = folder.slot(['bash', '-c', 'echo a > >(sleep 0.3; cat; echo b)']);
    const [output] = await slot.process('');
    expect(output?.content.toString()).to.equal('a\nb\n');
  });

  it('and a process that keeps the output open is named, so that no part is mistaken for the whole', async () => {
    const slot = folder.slot(['bash', '-c', 'sleep 1000 & echo $! >&2; echo a']);
    const error = await failure(slot.process(''));
    expect(error.message).to.include('started in the background holds its standard output');
    expect(isGone(Number(slot.messages()[0]))).to.equal(true);
  });
});
