import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { SlotMessage } from '../../../../runtime/worker/slot/messages';
import { Outbox } from '../../../../runtime/worker/slot/outbox';

describe("a slot's messages", () => {
  const [ONE, TWO, THREE]: SlotMessage[] = [
    { state: 'ready' },
    { id: 1, stage: 'processing' },
    { id: 1, stage: 'writing' },
  ] as const;

  const posting = () => {
    const posted: SlotMessage[][] = [];
    return { posted, outbox: new Outbox((messages) => posted.push(messages)) };
  };

  it('of one turn of the event loop are sent together, in order', async () => {
    const { posted, outbox } = posting();
    outbox.add(ONE);
    outbox.add(TWO);
    expect(posted).to.deep.equal([]);
    await setImmediate();
    expect(posted).to.deep.equal([[ONE, TWO]]);
    outbox.add(THREE);
    await setImmediate();
    expect(posted).to.deep.equal([[ONE, TWO], [THREE]]);
  });

  it('are sent at once by `addNow`, with those before them, and only once', async () => {
    const { posted, outbox } = posting();
    outbox.add(ONE);
    outbox.addNow(TWO);
    expect(posted).to.deep.equal([[ONE, TWO]]);
    outbox.add(THREE);
    await setImmediate();
    await setImmediate();
    expect(posted).to.deep.equal([[ONE, TWO], [THREE]]);
    outbox.add(ONE);
    outbox.addNow(TWO);
    await setImmediate();
    expect(posted.slice(2)).to.deep.equal([[ONE, TWO]]);
  });
});
