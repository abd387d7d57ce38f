/** docs/commands.md: its programs work as they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { Folder } from '../runtime/processor/command/programs';
import { failure } from '../support/failure';

const PAGE = readFileSync(join(ROOT, 'docs', 'commands.md'), 'utf8');
const [SIMPLE = '', STAYS = ''] = [...PAGE.matchAll(/```python\n(.*?)```/gs)].map(([, program]) => program);

describe('docs/commands.md', () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(() => folder.close());

  it('has a program that runs for each object', async () => {
    const [output] = await folder.python(SIMPLE).process('a\nb\n');
    expect(JSON.parse(output?.content.toString() ?? '')).to.deep.equal({ lines: 2 });
  });

  it('has a long-running program, in under 20 lines', async () => {
    expect(STAYS.trim().split('\n')).to.have.length.below(20);
    const slot = folder.python(STAYS, { serve: true });
    const [output] = await slot.process('all good, nothing bad');
    expect(output).to.include({ contentType: 'application/json' });
    expect(output?.content.toString()).to.equal('["sad"]');
    expect((await failure(slot.process(Buffer.from([0xff])))).name).to.equal('PermanentError');
  });

  it('shows a request with every existing field', async () => {
    const [, shown = ''] = /```json\n(.*?)```/s.exec(PAGE) ?? [];
    const print =
      "import json, sys\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'outputs': [{'body': line}]}))";
    const [output] = await folder.python(print, { serve: true }).process('');
    const request = JSON.parse(output?.content.toString() ?? '');
    expect(Object.keys(JSON.parse(shown))).to.deep.equal(Object.keys(request));
  });

  it('names every variable of the environment', async () => {
    const print = 'import json, os; print(json.dumps(sorted(os.environ)))';
    const [output] = await folder.python(print).process('');
    const names: string[] = JSON.parse(output?.content.toString() ?? '');
    const own = names.filter((name) => name.startsWith('OBJECT_') || name === 'PARAMETERS');
    expect(own).to.have.length(7);
    for (const name of own) expect(PAGE).to.include(`\`${name}\``);
  });
});
