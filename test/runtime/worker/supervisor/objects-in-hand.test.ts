/** How long the objects in a slot's process may take, and which of them is at fault when it ends, on a clock that the test moves. */
import { mock } from 'node:test';
import { expect } from 'chai';
import { NotAtFault, ObjectsInHand } from '../../../../runtime/worker/supervisor/objects-in-hand';
import { TaskError } from '../../../../runtime/worker/task-error';
import { resultOf } from '../../support/task-cloud';

const DEADLINE_SECONDS = 10;
const CRASH = new TaskError('ProcessorCrashed', 'its process ended with exit code 3');

describe("the objects in a slot's process", () => {
  let inHand: ObjectsInHand;
  let late: number;
  let told: string[];
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    late = 0;
    told = [];
    inHand = new ObjectsInHand(DEADLINE_SECONDS, () => {
      late += 1;
    });
  });
  afterEach(() => mock.reset());

  const add = (key: string) =>
    inHand.add({
      key,
      onStage: (stage) => told.push(`${key} ${stage}`),
      resolve: ({ status }) => told.push(`${key} ${status}`),
      reject(error) {
        const blame =
          error instanceof NotAtFault
            ? `not at fault${error.mayBeWritten ? ', may be written' : ''}`
            : 'at fault';
        told.push(`${key} ${blame}: ${error.message}`);
      },
    });
  const pass = (seconds: number) => mock.timers.tick(seconds * 1000);
  /** The object that fails if the process ends now, and those that do not. */
  const end = () => {
    told.length = 0;
    inHand.end(CRASH);
    return told.map((each) => each.replace(`: ${CRASH.message}`, ''));
  };

  it('have numbers, by which they get their stages and are removed', () => {
    const [first, second] = [add('a'), add('b')];
    expect([first, second].map((id) => inHand.has(id))).to.deep.equal([true, true]);
    expect(inHand.has(2)).to.equal(false);
    expect(inHand.hasProcessed).to.equal(false);
    inHand.enter(second, 'processing');
    expect(inHand.hasProcessed).to.equal(true);
    inHand.enter(second, 'writing');
    inHand.remove(second).resolve(resultOf('b'));
    expect(told).to.deep.equal(['b processing', 'b writing', 'b success']);
    expect(inHand.has(second)).to.equal(false);
    expect(add('c')).to.equal(2);
  });

  it('are late after the deadline, from the start of their turn', () => {
    const id = add('a');
    pass(DEADLINE_SECONDS - 1);
    inHand.enter(id, 'processing');
    pass(DEADLINE_SECONDS - 0.001);
    expect(late).to.equal(0);
    pass(0.001);
    expect(late).to.equal(1);
    expect(end()).to.deep.equal(['a at fault']);
  });

  it('are not late once they are removed, or while they wait behind one that has its turn', () => {
    const [first, second] = [add('a'), add('b')];
    inHand.enter(first, 'processing');
    pass(DEADLINE_SECONDS - 1);
    inHand.remove(first);
    pass(2);
    inHand.enter(second, 'processing');
    pass(DEADLINE_SECONDS - 1);
    inHand.remove(second);
    pass(1000);
    expect(late).to.equal(0);
  });

  it('are late, too, while none has its turn: the processor does not load, or S3 does not answer', () => {
    add('a');
    add('b');
    pass(DEADLINE_SECONDS);
    expect(late).to.equal(1);
    expect(end()).to.deep.equal(['a at fault', 'b not at fault']);
  });

  it('are late while they are written, from the end of their turn', () => {
    const id = add('a');
    inHand.enter(id, 'processing');
    pass(DEADLINE_SECONDS - 1);
    inHand.enter(id, 'writing');
    pass(DEADLINE_SECONDS - 0.001);
    expect(late).to.equal(0);
    pass(0.001);
    expect(late).to.equal(1);
  });

  it('wait without a deadline while another one has its turn', () => {
    const [first, second] = [add('a'), add('b')];
    pass(DEADLINE_SECONDS - 1);
    inHand.enter(second, 'processing');
    pass(DEADLINE_SECONDS - 1);
    inHand.remove(second);
    expect(inHand.has(first)).to.equal(true);
    expect(late).to.equal(0);
    pass(DEADLINE_SECONDS - 1);
    expect(late).to.equal(0);
    pass(1);
    expect(late).to.equal(1);
  });

  it('are never late once the clock has stopped', () => {
    add('a');
    const id = add('b');
    inHand.enter(id, 'processing');
    inHand.stopClock();
    pass(1000);
    const other = add('c');
    inHand.enter(other, 'processing');
    pass(1000);
    inHand.remove(other);
    inHand.remove(id);
    pass(1000);
    expect(late).to.equal(0);
  });

  it('stop their clock when the process ends', () => {
    add('a');
    end();
    expect(inHand.has(0)).to.equal(false);
    pass(1000);
    expect(late).to.equal(0);
  });

  it('keep the blame on the first one that was late, no matter what happens until the process is gone', () => {
    add('a');
    const second = add('b');
    pass(DEADLINE_SECONDS);
    inHand.enter(second, 'processing');
    pass(DEADLINE_SECONDS);
    expect(late).to.equal(2);
    expect(end()).to.deep.equal(['a at fault', 'b not at fault, may be written']);
  });

  /** The stages of a process's objects, and their outcomes when it ends. `undefined`: still before its turn. */
  const TABLE: [string, (undefined | 'processing' | 'writing')[], boolean, string[]][] = [
    [
      'the first one was loaded for, whatever waits behind it',
      [undefined, undefined],
      false,
      ['a at fault', 'b not at fault'],
    ],
    ['the only one of a new process was loaded for', [undefined], false, ['a at fault']],
    [
      'one had its turn',
      ['writing', 'processing', undefined],
      true,
      ['a not at fault, may be written', 'b at fault', 'c not at fault'],
    ],
    [
      'none had its turn, and any of them may have ended it',
      ['writing', 'writing'],
      true,
      ['a not at fault, may be written', 'b not at fault, may be written'],
    ],
    ['the only one was being written', ['writing'], true, ['a at fault']],
    ['the only one had not begun: the end has another cause', [undefined], true, ['a not at fault']],
    ['none was there', [], true, []],
  ];
  for (const [what, stages, hasProcessed, outcome] of TABLE) {
    it(`share the blame: ${what}`, () => {
      if (hasProcessed) {
        const before = add('before');
        inHand.enter(before, 'processing');
        inHand.remove(before);
      }
      stages.forEach((stage, index) => {
        const id = add('abc'[index] ?? '');
        if (stage) inHand.enter(id, stage);
      });
      expect(end()).to.deep.equal(outcome);
    });
  }

  it('are never at fault if the process was ended for another reason', () => {
    inHand.enter(add('a'), 'processing');
    add('b');
    told.length = 0;
    inHand.end(new NotAtFault('ended'));
    expect(told).to.deep.equal(['a not at fault, may be written: ended', 'b not at fault: ended']);
  });

  it('estimate how long one may have the processor: a long one counts at once, and is forgotten slowly; waits and writes do not count', () => {
    let clock = 0;
    mock.method(performance, 'now', () => clock);
    const take = (seconds: number, stage?: 'writing') => {
      const id = add('a');
      clock += 60_000;
      inHand.enter(id, 'processing');
      clock += seconds * 1000;
      if (stage) inHand.enter(id, stage);
      if (stage) clock += 60_000;
      inHand.remove(id);
    };
    expect(inHand.secondsPerTurn).to.equal(undefined);
    take(3);
    expect(inHand.secondsPerTurn).to.equal(3);
    take(1, 'writing');
    expect(inHand.secondsPerTurn).to.be.closeTo(2.6, 1e-9);
    for (let object = 0; object < 30; object += 1) take(0.1);
    expect(inHand.secondsPerTurn).to.be.closeTo(0.1, 0.01);
    take(60);
    expect(inHand.secondsPerTurn).to.equal(60);
    for (let object = 0; object < 10; object += 1) take(0.1);
    expect(inHand.secondsPerTurn).to.be.above(1);
  });

  it('are the subject of standard error if that is clear', () => {
    expect(inHand.likelyKey).to.equal(undefined);
    const first = add('a');
    expect(inHand.likelyKey).to.equal('a');
    const second = add('b');
    expect(inHand.likelyKey).to.equal(undefined);
    inHand.enter(second, 'processing');
    expect(inHand.likelyKey).to.equal('b');
    inHand.enter(second, 'writing');
    expect(inHand.likelyKey).to.equal(undefined);
    inHand.remove(second);
    inHand.enter(first, 'writing');
    expect(inHand.likelyKey).to.equal('a');
  });
});
