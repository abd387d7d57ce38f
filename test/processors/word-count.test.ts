import { join } from 'node:path';
import { expect } from 'chai';
import wordCount from '../../processors/word-count';
import { ROOT } from '../../root';
import { HandMadeSlot } from '../runtime/processor/context';
import { failure } from '../support/failure';

describe('word-count', () => {
  const count = async (content: string | Buffer, parameters = {}) => {
    const slot = new HandMadeSlot(wordCount, { folder: join(ROOT, 'processors/word-count'), parameters });
    try {
      return await slot.process(content);
    } finally {
      slot.close();
    }
  };

  it('counts lines, words and bytes, and names the most frequent words', async () => {
    const [output] = await count('Ähre und ähre\nund UND\n', { top: '1' });
    expect(output?.contentType).to.equal('application/json');
    expect(JSON.parse(output?.content.toString() ?? '')).to.deep.equal({
      lines: 2,
      words: 5,
      bytes: 24,
      most_common: { und: 3 },
    });
    expect(output?.preview).to.match(/^\{"lines": 2, /);
  });

  it('names ten words', async () => {
    const [output] = await count(Array.from({ length: 20 }, (_, index) => `word${index}`).join(' '));
    expect(Object.keys(JSON.parse(output?.content.toString() ?? '').most_common)).to.have.length(10);
  });

  it('counts nothing in an empty text', async () => {
    const [output] = await count('');
    expect(JSON.parse(output?.content.toString() ?? '')).to.include({ lines: 0, words: 0, bytes: 0 });
  });

  it('refuses text that is not UTF-8, permanently, and says where', async () => {
    const error = await failure(count(Buffer.from('fine\n\xff\n', 'latin1')));
    expect([error.name, error.message]).to.deep.equal([
      'PermanentError',
      'line 2 is not UTF-8: invalid start byte',
    ]);
  });
});
