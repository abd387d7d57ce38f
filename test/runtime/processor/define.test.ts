/** What a definition may contain, and what it refuses. */
import { expect } from 'chai';
import { defineProcessor, z } from '../../../runtime/processor';

const process = () => ({ body: '' });
const define = (definition: object) => defineProcessor({ process, ...definition } as never);

describe('the definition of a processor', () => {
  it('has one output and no parameters by default', () => {
    const { definition, parametersSchema } = define({});
    expect(definition.outputs).to.deep.equal(['']);
    expect(parametersSchema).to.deep.include({ type: 'object', properties: {}, additionalProperties: false });
  });

  it('describes its parameters as an execution gives them', () => {
    const parameters = z.object({ quality: z.coerce.number().min(1).default(80), name: z.string() });
    const schema = define({ parameters }).parametersSchema as { required: string[]; properties: object };
    expect(schema).to.deep.include({ additionalProperties: false, required: ['name'] });
    expect(schema.properties).to.have.property('quality');
  });

  it('describes what JSON Schema cannot express as any value', () => {
    const parameters = z.object({ since: z.coerce.date(), table: z.map(z.string(), z.number()).optional() });
    expect(() => define({ parameters })).not.to.throw();
  });

  it('may have a setup and a version', () => {
    const setup = () => undefined;
    for (const version of ['1', 'v'.repeat(64), 'A_b.9-z'])
      expect(define({ setup, version }).definition).to.include({ setup, version });
  });

  const OUTPUTS = [
    [],
    ['.a'],
    ['.256.webp', '.1024.webp'],
    ['/a/b.txt', '/c'],
    ['...', '/.a', '.../b', 'a./b'],
    ['.outputs.json.gz'],
    ['ü'.repeat(256)],
    'dynamic',
  ];
  for (const outputs of OUTPUTS) {
    it(`may have the outputs ${JSON.stringify(outputs).slice(0, 60)}`, () =>
      expect(define({ outputs }).definition).to.include({ outputs }));
  }

  const WRONG: [object, string | RegExp][] = [
    [{ process: undefined }, 'process is missing: it turns an object into its outputs'],
    [{ setup: 1 }, 'setup is not a function'],
    [{ version: '' }, "version is '': give 1 to 64 letters, digits, dots, hyphens and underscores"],
    [{ version: '1 2' }, /^version is '1 2'/],
    [{ version: 'v'.repeat(65) }, /^version is /],
    [{ version: 2 }, /^version is 2: give/],
    [{ outputs: '.txt' }, "outputs is '.txt': give a list of suffixes, or 'dynamic'"],
    [{ outputs: ['.a', '.a'] }, "outputs: the suffix '.a' appears twice"],
    [
      { outputs: ['.a.b', '.b'] },
      "outputs: the suffix '.a.b' ends with another one, '.b': two objects could share a key",
    ],
    [
      { outputs: ['', '.b'] },
      "outputs: the suffix '.b' ends with another one, '': two objects could share a key",
    ],
    [{ outputs: [1] }, 'outputs: the suffix 1 is not a string'],
    [{ outputs: ['a\n'] }, "outputs: the suffix 'a\\n' has a control character"],
    ...['/../a', '/./a', '../a', '/..', '/a/.', '.'].map((suffix): [object, RegExp] => [
      { outputs: [suffix] },
      /has a path segment of dots only/,
    ]),
    [{ outputs: ['\ud83d'] }, /is not Unicode$/],
    [{ outputs: [`x${'ü'.repeat(256)}`] }, /is longer than 512 bytes$/],
    [{ outputs: ['.a.outputs.json'] }, /ends with \.outputs\.json/],
    [{ parameters: { quality: 1 } }, 'parameters is not a schema: give z.object({ … })'],
  ];
  for (const [definition, message] of WRONG) {
    it(`is refused: ${JSON.stringify(definition).slice(0, 60)}`, () => {
      expect(() => define(definition)).to.throw(Error, message);
    });
  }
});
