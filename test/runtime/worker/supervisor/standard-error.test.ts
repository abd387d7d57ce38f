import { expect } from 'chai';
import { StandardError } from '../../../../runtime/worker/supervisor/standard-error';

describe('the last words of a process', () => {
  const hear = (...texts: string[]) => {
    const seen: string[] = [];
    const words = new StandardError((line) => {
      seen.push(line);
      return line.replace('secret', '***');
    });
    for (const text of texts) words.hear(text);
    return { seen, reason: words.reason, isOutOfHeap: words.isOutOfHeap };
  };

  it('are whole lines, for any pieces in which they arrive, without empty ones', () => {
    expect(hear('one\ntw', 'o\n\n  \nthree').seen).to.deep.equal(['one', 'two']);
    expect(hear('three', '\n').seen).to.deep.equal(['three']);
  });

  it('are cut if a line does not end', () => {
    expect(hear('x'.repeat(16_384)).seen).to.deep.equal([]);
    expect(hear('x'.repeat(16_385), 'next\n').seen).to.deep.equal(['x'.repeat(16_385), 'next']);
  });

  it('give as the reason the last error, or else the last three lines, without stacks and secrets', () => {
    expect(hear('').reason).to.equal('');
    expect(hear('a\nb\nc\n    at f (x:1:1)\nd secret\n').reason).to.equal('b c d ***');
    expect(hear('TypeError: no model\nRangeError: later\nNode.js v22\nend\n').reason).to.equal(
      'RangeError: later',
    );
    expect(hear('TypeError: no model\nafter Error: busy\n').reason).to.equal('TypeError: no model');
    expect(hear(`a${'x'.repeat(300)}\n`).reason).to.equal('x'.repeat(300));
  });

  it('are the last forty', () => {
    const lines = Array.from({ length: 41 }, (_, index) => `${index}\n`);
    expect(hear('Error: first\n', ...lines.slice(0, 39)).reason).to.equal('Error: first');
    expect(hear('Error: first\n', ...lines.slice(0, 40)).reason).to.equal('37 38 39');
  });

  it('say that the heap was too small', () => {
    expect(hear('FATAL ERROR: Reached heap limit - JavaScript heap out of memory\n').isOutOfHeap).to.equal(
      true,
    );
    expect(hear('out of memory\n').isOutOfHeap).to.equal(false);
  });
});
