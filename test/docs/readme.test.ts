/** What the README shows is true. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { ModuleKind, transpileModule } from 'typescript';
import { ROOT } from '../../root';
import type { Processor } from '../../runtime/processor';
import { objectOf, process } from '../processors/support/process';
import { failure } from '../support/failure';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('the README', () => {
  it('has an example of a processor that works, in under 20 lines', async () => {
    const [, example = ''] = /```ts\n(.*?)```/s.exec(README) ?? [];
    expect(example.trim().split('\n').length).to.be.below(20);
    const { outputText } = transpileModule(example, { compilerOptions: { module: ModuleKind.CommonJS } });
    const found = {} as { default: Processor };
    const load = (name: string) => require(join(ROOT, 'processors', 'count-lines', name));
    new Function('exports', 'require', outputText)(found, load);
    const text = () => objectOf(Readable.from([Buffer.from('a\n\nc')]));
    const output = await process(found.default, text(), { skip_blank: true });
    expect(output).to.deep.equal({
      body: '{"lines":2}',
      contentType: 'application/json',
      record: { lines: 2 },
    });
    const refused = await failure(process(found.default, { ...text(), contentType: 'image/png' }));
    expect(refused).to.include({ name: 'PermanentError' });
  });

  it('names files that exist', () => {
    for (const [, file = ''] of README.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      expect(existsSync(join(ROOT, file)), file).to.equal(true);
    }
  });
});
