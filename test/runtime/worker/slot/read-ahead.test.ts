import { expect } from 'chai';
import { ReadAhead, type Room } from '../../../../runtime/worker/slot/read-ahead';
import { isSettled } from '../../support/settled';

describe('the memory for objects that are read ahead', () => {
  const admitted = async (asking: Promise<Room>) => {
    expect(await isSettled(asking)).to.equal(true);
    return asking;
  };

  it('has room for all that fit, of any size', async () => {
    const memory = new ReadAhead(10);
    const rooms = [await memory.ask(), await memory.ask(), await memory.ask()];
    expect(rooms.map((room, index) => room.hold([4, 6, 1][index] as number))).to.deep.equal([
      true,
      true,
      false,
    ]);
    rooms[0]?.release();
    rooms[0]?.release();
    const next = await memory.ask();
    expect([next.hold(4), next.hold(5), next.hold(4)]).to.deep.equal([true, false, true]);
  });

  it('makes an object wait before its request, until there is room for one as large as the last', async () => {
    const memory = new ReadAhead(10);
    const first = await memory.ask();
    expect(first.hold(4)).to.equal(true);
    const second = await admitted(memory.ask());
    const [third, fourth] = [memory.ask(), memory.ask()];
    expect(await isSettled(third)).to.equal(false);
    // The object turns out smaller than the last one; the next one still reserves four bytes.
    expect(second.hold(2)).to.equal(true);
    await admitted(third);
    expect(await isSettled(fourth)).to.equal(false);
    first.release();
    await admitted(fourth);
  });

  it('lets one go on if none could ever fit', async () => {
    const memory = new ReadAhead(10);
    expect((await memory.ask()).hold(11)).to.equal(false);
    const asking = [memory.ask(), memory.ask()];
    const room = await admitted(asking[0] as Promise<Room>);
    expect(await isSettled(asking[1] as Promise<Room>)).to.equal(false);
    expect(room.hold(11)).to.equal(false);
    await admitted(asking[1] as Promise<Room>);
    await (await new ReadAhead(0).ask()).release();
  });

  it('delays no object if objects have no content', async () => {
    const memory = new ReadAhead(1);
    for (let count = 0; count < 3; count += 1) expect((await admitted(memory.ask())).hold(0)).to.equal(true);
  });
});
