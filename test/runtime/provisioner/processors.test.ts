import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { assertProcessor } from '../../../runtime/provisioner/processors';

describe("the provisioner's check of the processor", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'function-'));
    const processors = {
      checksum: { version: '1', outputs: [''], parameters: { type: 'object' } },
      old: { error: 'gone' },
    };
    await writeFile(join(folder, 'processors.json'), JSON.stringify(processors));
  });
  after(() => rm(folder, { recursive: true }));

  it('accepts a processor that is described beside its code', () => {
    expect(() => assertProcessor('checksum', {}, folder)).not.to.throw();
  });

  it('throws an error whose name becomes the error of the execution', () => {
    const nameOf = (processor: string) => {
      try {
        assertProcessor(processor, {}, folder);
        return undefined;
      } catch (error) {
        const { name, message } = error as Error;
        return `${name}: ${message}`;
      }
    };
    expect(nameOf('gzip')).to.equal('InvalidProcessor: There is no processor gzip: there are checksum, old.');
    expect(nameOf('old')).to.equal('InvalidProcessor: The processor old does not load: gone');
  });
});
