import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { ObjectBody } from '../../../../../runtime/worker/slot/source/object-body';
import { failure } from '../../../../support/failure';

/** Chunks of 16 KiB, as they come from a connection. */
const chunksOf = (count: number) =>
  Readable.from(
    Array.from({ length: count }, (_, index) => Buffer.alloc(16_384, index)),
    { objectMode: false, highWaterMark: 65_536 },
  );

/** Unlike `once`, it adds no listener for errors, so an error that nothing else handles still fails the test. */
const closed = (stream: Readable) => new Promise<void>((resolve) => stream.once('close', resolve));

describe('the content of an object', () => {
  const never = () => expect.fail('it does not break off');

  it('is read ahead to its end before a reader asks, also if it is empty, so that its connection is free', async () => {
    for (const chunks of [0, 1, 20]) {
      const source = chunksOf(chunks);
      const body = new ObjectBody(source, 'key', never, 16_384 * chunks);
      await once(source, 'close');
      expect(await buffer(body)).to.deep.equal(await buffer(chunksOf(chunks)));
    }
  });

  it('is read ahead to its end, also if the end comes later than the last byte', async () => {
    const source = new PassThrough();
    const body = new ObjectBody(source, 'key', never, 100_000);
    source.write(Buffer.alloc(100_000));
    await setImmediate();
    source.end();
    await once(source, 'close');
    expect(await buffer(body)).to.have.length(100_000);
  });

  it('comes in one piece as far as it was read ahead, and then as it is read', async () => {
    const source = new PassThrough();
    const body = new ObjectBody(source, 'key', never, 30);
    for (const piece of ['one', 'two']) {
      source.write(piece);
      await setImmediate();
    }
    const pieces: string[] = [];
    const target = new PassThrough().on('data', (piece) => pieces.push(String(piece)));
    body.pipe(target);
    await once(target, 'data');
    for (const piece of ['three', 'four']) {
      const comes = once(target, 'data');
      source.write(piece);
      await comes;
    }
    expect(pieces).to.deep.equal(['onetwo', 'three', 'four']);
  });

  it('waits for its reader if it is not read ahead', async () => {
    const source = Readable.from([Buffer.from('content')], { objectMode: false });
    const body = new ObjectBody(source, 'key', never);
    await setImmediate();
    expect(source.readableEnded).to.equal(false);
    expect(String(await buffer(body))).to.equal('content');
  });

  it('comes no faster than it is read', async () => {
    const source = chunksOf(40);
    const body = new ObjectBody(source, 'key', never);
    let read = 0;
    for await (const chunk of body) {
      read += chunk.length;
      expect(chunk.length).to.be.at.most(65_536 + 16_384);
      await setImmediate();
    }
    expect(read).to.equal(40 * 16_384);
  });

  describe('that breaks off', () => {
    /** The error with which the read breaks off, and whether a reader was active. */
    let breaks: [string, boolean][];
    let source: PassThrough;
    let body: ObjectBody;
    beforeEach(() => {
      breaks = [];
      source = new PassThrough();
      body = new ObjectBody(source, 'key', (error, isBeingRead) =>
        breaks.push([(error as Error).message, isBeingRead]),
      );
      source.write('begun');
    });

    it('reports it once, and fails for its reader', async () => {
      const reading = buffer(body);
      await once(body, 'readable');
      source.destroy(new Error('reset'));
      expect(await failure(reading)).to.include({ message: 'reset' });
      await setImmediate();
      expect(breaks).to.deep.equal([['reset', true]]);
    });

    it('reports it if it is piped into another stream, which gets no error', async () => {
      const target = new PassThrough();
      body.pipe(target);
      await once(target, 'readable');
      source.destroy(new Error('reset'));
      await closed(body);
      expect(breaks).to.deep.equal([['reset', true]]);
      expect(target.destroyed).to.equal(false);
    });

    it('raises no error without a reader', async () => {
      source.destroy(new Error('reset'));
      await closed(body);
      expect(breaks).to.deep.equal([['reset', false]]);
    });

    it('reports it also if the connection just closes', async () => {
      source.destroy();
      await closed(body);
      expect(breaks).to.deep.equal([['the connection was closed', false]]);
    });

    it('is not a body that its reader gives up, whose connection closes', async () => {
      body.destroy();
      await once(source, 'close');
      await setImmediate();
      expect(breaks).to.deep.equal([]);
    });

    it('is not a body that is read to its end', async () => {
      source.end('!');
      expect(String(await buffer(body))).to.equal('begun!');
      source.destroy();
      await setImmediate();
      expect(breaks).to.deep.equal([]);
    });
  });

  it('cannot be read again after its reader has given it up', async () => {
    const body = new ObjectBody(chunksOf(1), 'key', never);
    body.destroy();
    const message = 'the content of key was read already: it can be read once';
    expect(() => body.pipe(new PassThrough())).to.throw(message);
    expect(() => body[Symbol.asyncIterator]()).to.throw(message);
  });
});
