import { expect } from 'chai';
import { failure } from '../../../support/failure';
import { Folder } from './programs';

/** Writes a file for each suffix that follows its output argument. */
const WRITE = `
import sys
for suffix in sys.argv[2:]:
    open(sys.argv[1] + suffix, 'w').write('content of ' + suffix)
`;

describe("A program's output files", () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(() => folder.close());

  const write = (outputs: string[] | 'dynamic', ...suffixes: string[]) =>
    folder
      .slot(['python3', '-c', WRITE, '{output}', ...suffixes], {
        outputs,
        contentType: (suffix) => `text/${suffix}`,
      })
      .process('');

  it('are the outputs, by their suffixes', async () => {
    const outputs = await write(['.b', '.a'], '.a', '.b');
    expect(outputs.map(({ suffix, content }) => [suffix, content.toString()])).to.have.deep.members([
      ['.a', 'content of .a'],
      ['.b', 'content of .b'],
    ]);
    expect(outputs.find(({ suffix }) => suffix === '.a')).to.deep.include({
      contentType: 'text/.a',
      preview: 'content of .a',
    });
  });

  it('may be one, named in the argument', async () => {
    const slot = folder.slot(['cp', '{input}', '{output}.copy'], { outputs: ['.copy'] });
    const [output] = await slot.process('abc');
    expect(output).to.include({ suffix: '.copy' });
    expect(output?.content.toString()).to.equal('abc');
  });

  it('must all exist', async () => {
    const error = await failure(write(['.a', '.b', '.c'], '.b'));
    expect(error.message).to.equal('python3 wrote no file {output}.a, {output}.c');
  });

  it('must be declared', async () => {
    const error = await failure(write(['.a'], '.a', '.b'));
    expect(error.message).to.equal("python3 wrote {output}.b: the processor's outputs do not declare it");
  });

  it('are all files that it wrote, in folders too, if they are dynamic', async () => {
    const program = `
import os, sys
os.makedirs(sys.argv[1] + '/more')
for name in ['page-1', 'page-2', 'more/page']: open(sys.argv[1] + '/' + name, 'w').write(name)
`;
    const slot = folder.slot(['python3', '-c', program, '{output}/pages'], { outputs: 'dynamic' });
    const outputs = await slot.process('');
    expect(outputs.map(({ suffix }) => suffix)).to.have.members([
      '/pages/page-1',
      '/pages/page-2',
      '/pages/more/page',
    ]);
    expect(await write('dynamic')).to.deep.equal([]);
  });

  it('may be many, since each is open only while it is read', async () => {
    const outputs = await write('dynamic', ...Array.from({ length: 3000 }, (_, index) => `.${index}`));
    expect(outputs.length).to.equal(3000);
    expect(outputs.every(({ suffix, content }) => content.toString() === `content of ${suffix}`)).to.equal(
      true,
    );
  });

  it('are regular files: a link could send a file from elsewhere', async () => {
    const slot = folder.slot(['ln', '-s', '/etc/hostname', '{output}.a'], { outputs: ['.a'] });
    expect((await failure(slot.process(''))).message).to.equal('{output}.a is not a regular file');
  });

  it('leave standard output for the log', async () => {
    const slot = folder.slot(['bash', '-c', 'cat > "$1"; echo done; echo really >&2', '-', '{output}']);
    const [output] = await slot.process('abc');
    expect(output?.content.toString()).to.equal('abc');
    expect(slot.messages()).to.have.members(['done', 'really']);
  });

  it('are none if the program fails', async () => {
    const slot = folder.slot(['bash', '-c', 'echo x > "$1"; exit 1', '-', '{output}']);
    expect((await failure(slot.process(''))).message).to.equal('bash exited with code 1');
  });
});
