import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { ObjectBody } from '../../../../../runtime/worker/slot/source/object-body';

describe('the content of an object', () => {
  const never = () => expect.fail('it does not break off');

  it('is read ahead to its end before anybody asks, also where it is empty: its connection is free then', async () => {
    for (const text of ['content', '']) {
      const source = Readable.from(text ? [Buffer.from(text)] : [], { objectMode: false });
      const body = new ObjectBody(source, 'key', never, text.length);
      await once(source, 'close');
      expect(String(await buffer(body))).to.equal(text);
    }
  });

  it('waits for its reader else', async () => {
    const source = Readable.from([Buffer.from('content')], { objectMode: false });
    const body = new ObjectBody(source, 'key', never);
    await setImmediate();
    expect(source.readableEnded).to.equal(false);
    expect(String(await buffer(body))).to.equal('content');
  });
});
