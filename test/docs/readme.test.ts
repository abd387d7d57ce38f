/** What the README shows is true. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { ModuleKind, transpileModule } from 'typescript';
import { ROOT } from '../../root';
import type { Processor, SourceObject } from '../../runtime/worker/processors/processor';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('the README', () => {
  it('has an example of a processor that works, in under 20 lines', async () => {
    const [, example = ''] = /```ts\n(.*?)```/s.exec(README) ?? [];
    expect(example.trim().split('\n').length).to.be.below(20);
    const { outputText } = transpileModule(example, { compilerOptions: { module: ModuleKind.CommonJS } });
    const found: { countLines?: Processor } = {};
    const load = (name: string) =>
      require(name.startsWith('.') ? join(ROOT, 'runtime/worker/processors', name) : name);
    new Function('exports', 'require', outputText)(found, load);
    const source = (contentType: string) =>
      ({ key: 'k', contentType, body: Readable.from([Buffer.from('a\nb\nc')]) }) as unknown as SourceObject;
    const output = await found.countLines?.process(source('text/plain'), {});
    expect(output).to.deep.equal({ body: '{"key":"k","lines":3}', contentType: 'application/json' });
    const refused = await found.countLines?.process(source('image/png'), {}).catch((error: Error) => error);
    expect(refused).to.include({ name: 'PermanentError' });
  });

  it('names files that exist', () => {
    for (const [, file = ''] of README.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      expect(existsSync(join(ROOT, file)), file).to.equal(true);
    }
  });
});
