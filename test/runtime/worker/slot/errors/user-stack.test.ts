import { expect } from 'chai';
import { userStack } from '../../../../../runtime/worker/slot/errors/user-stack';

const thrown = (frames: string[], more: object = {}, message = 'oops') =>
  Object.assign(new Error(message), {
    stack: `Error: ${message}\n${frames.map((one) => `    at ${one}`).join('\n')}`,
    ...more,
  });
const stackOf = (error: unknown) =>
  userStack(error, '/worker')
    ?.split('\n')
    .map((line) => line.trim());

describe("an error's place in the user's files", () => {
  const FRAMES: [string, string, string[] | undefined][] = [
    ['a function', 'convert (/worker/processors/x/lib.ts:4:11)', ['at convert (processors/x/lib.ts:4:11)']],
    ['no function', '/worker/processors/x/index.ts:1:2', ['at processors/x/index.ts:1:2']],
    ['an anonymous one', '<anonymous> (/worker/processors/x/index.ts:1:2)', ['at processors/x/index.ts:1:2']],
    [
      'an async one',
      'async Object.process (/worker/processors/x/index.ts:1:2)',
      ['at async Object.process (processors/x/index.ts:1:2)'],
    ],
    [
      'a URL, with odd characters',
      'f (file:///worker/processors/x/a%20b.mjs:1:2)',
      ['at f (processors/x/a b.mjs:1:2)'],
    ],
    ['parentheses in a path', 'f (/worker/processors/x/(a).ts:1:2)', ['at f (processors/x/(a).ts:1:2)']],
    [
      'a method with another name',
      'A.b [as c] (/worker/processors/x/a.ts:1:2)',
      ['at A.b [as c] (processors/x/a.ts:1:2)'],
    ],
    [
      'a package',
      'Sharp.toBuffer (/project/node_modules/sharp/lib/output.js:163:17)',
      ['at Sharp.toBuffer (node_modules/sharp/lib/output.js:163:17)'],
    ],
    ['the framework', 'run (/worker/slot.js:1:99)', undefined],
    ["the framework's part of a processor", 'f (/worker/runtime/processor/command.ts:1:2)', undefined],
    ['Node.js', 'node:internal/process/task_queues:95:5', undefined],
    ['native code', 'new Promise (<anonymous>)', undefined],
    ['another folder', 'f (/elsewhere/processors/a.ts:1:2)', undefined],
  ];
  for (const [what, frame, expected] of FRAMES) {
    it(`${what}`, () => expect(stackOf(thrown([frame]))).to.deep.equal(expected));
  }

  it('does not come from the message', () => {
    expect(stackOf(thrown(['f (/worker/slot.js:1:1)'], {}, 'not\n at all (/worker)'))).to.equal(undefined);
  });

  it('has the first place of each cause, with its headline', () => {
    const frames = [
      'f (/worker/slot.js:1:1)',
      'g (/worker/processors/x/b.ts:2:2)',
      'h (/worker/processors/x/b.ts:3:3)',
    ];
    const inner = thrown(frames, {}, 'inner');
    const error = thrown(['f (/worker/processors/x/a.ts:1:1)'], {
      cause: Object.assign(new AggregateError([inner, 'words'], 'all'), { stack: '' }),
    });
    expect(stackOf(error)).to.deep.equal([
      'at f (processors/x/a.ts:1:1)',
      '← Error: inner',
      'at g (processors/x/b.ts:2:2)',
    ]);
  });

  it('has a maximum length, also if causes are a cycle', () => {
    const error = thrown(Array(100).fill('f (/worker/processors/x/a.ts:1:1)'));
    error.cause = thrown(['g (/worker/processors/x/a.ts:2:2)'], { cause: error });
    expect(stackOf(error)).to.have.length(12);
  });

  it('has ten causes at most, in a chain or side by side, and short headlines', () => {
    const frame = ['f (/worker/processors/x/a.ts:1:1)'];
    const chain = (depth: number): object => thrown(frame, depth > 0 ? { cause: chain(depth - 1) } : {});
    const many = thrown(frame, { errors: Array.from({ length: 20 }, () => thrown(frame)) });
    for (const error of [chain(20), many]) expect(stackOf(error)).to.have.length(1 + 2 * 10);
    const [, headline] = stackOf(thrown(frame, { cause: thrown(frame, {}, 'm'.repeat(300)) })) ?? [];
    expect(headline).to.have.length(2 + 200);
  });

  it('is missing if the thrown value has none', () => {
    expect(stackOf('words')).to.equal(undefined);
    expect(stackOf({ message: 'x', stack: 7 })).to.equal(undefined);
    expect(stackOf(undefined)).to.equal(undefined);
  });
});
