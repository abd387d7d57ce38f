/** A fault of a processor affects only that processor, and the error names its place and remedy. */
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ProcessorDescriptions } from '../../../runtime/contract';
import { ProjectCopy } from '../../support/project-copy';

const DEFINE = "import { defineProcessor } from '../../runtime/processor';\n";
const BODY = "export default defineProcessor({ process: () => ({ body: '' }) });\n";

/** Source of index.ts, or files by path; and the error's message. */
const FAULTS: Record<string, [string | Record<string, string>, string | RegExp]> = {
  syntax: [
    `${DEFINE}export default defineProcessor({\n  process( { }\n`,
    /^processors\/syntax\/index\.ts:4:1: Expected/,
  ],
  throws: [
    `${DEFINE}${BODY}\nthrow new Error('no model', { cause: new TypeError('bad\\nbytes') });\n`,
    'Error: no model ← TypeError: bad bytes (processors/throws/index.ts:4:7)',
  ],
  'throws-in-a-function': [
    {
      'index.ts': `import './lib/setup';\n${DEFINE}${BODY}`,
      'lib/setup.ts': "\n\nfunction setUp(): never {\n  throw new RangeError('out');\n}\nsetUp();\n",
    },
    'RangeError: out (processors/throws-in-a-function/lib/setup.ts:4:9)',
  ],
  'throws-text': ["throw 'text';\n", 'text'],
  rejects: [
    `${DEFINE}${BODY}await Promise.any([Promise.reject(new Error('one')), Promise.reject(new Error('two'))]);\n`,
    /^AggregateError: All promises were rejected; Error: one; Error: two/,
  ],
  exits: [
    'console.error("bye");\nprocess.exit(4);\n',
    'processors/exits: its process ended with exit code 4 while it loaded: bye',
  ],
  crashes: [
    "process.kill(process.pid, 'SIGSEGV');\nawait new Promise(() => {});\n",
    /SIGSEGV while it loaded/,
  ],
  unsettled: ['await new Promise(() => {});\n', 'processors/unsettled: a top-level await never settles'],
  empty: [
    'export const nothing = 1;\n',
    /^processors\/empty exports no processor by default: write `export default define/,
  ],
  plain: ['export default { process() {} };\n', /^processors\/plain exports no processor by default/],
  undeclared: [
    `${DEFINE}\nimport { parse } from 'csv-parse/sync';\n${BODY}console.log(parse);`,
    'processors/undeclared/index.ts:3 imports csv-parse, which processors/package.json does not declare: run `npm install csv-parse --workspace processors`',
  ],
  'undeclared-dynamic': [
    `${DEFINE}${BODY}await import("@aws-sdk/client-ecs");\n`,
    /^processors\/undeclared-dynamic\/index\.ts:3 imports @aws-sdk\/client-ecs, which/,
  ],
  'undeclared-required': [
    `import { createRequire } from 'node:module';\nconst load = createRequire(import.meta.url)('fflate');\n${DEFINE}${BODY}`,
    /^processors\/undeclared-required\/index\.ts:2 imports fflate, which/,
  ],
  'not-locked': [
    `import 'left-pad';\n${DEFINE}${BODY}`,
    'processors/not-locked/index.ts:1 imports left-pad: left-pad is not in package-lock.json: run `npm install`',
  ],
  zod: [
    `import { z } from 'zod';\n${DEFINE}${BODY}console.log(z);`,
    'processors/zod/index.ts:1 imports zod: import `z` from runtime/processor, which has its own zod',
  ],
  'another-folder': [
    `import { loadConfig } from '../../stacks/settings/config';\n${DEFINE}${BODY}console.log(loadConfig);`,
    /^processors\/another-folder\/index\.ts:1 imports \.\.\/\.\.\/stacks\/settings\/config: a processor imports runtime\/processor, npm/,
  ],
  'framework-inside': [
    `import { log } from '../../runtime/log';\n${DEFINE}${BODY}console.log(log);`,
    /^processors\/framework-inside\/index\.ts:1 imports \.\.\/\.\.\/runtime\/log: a processor imports runtime\/processor, npm/,
  ],
  'no-such-file': [
    `import './missing';\n${DEFINE}${BODY}`,
    /^processors\/no-such-file\/index\.ts:1:8: Could not resolve "\.\/missing"/,
  ],
  'no-such-builtin': [
    `import 'node:nothing';\n${DEFINE}${BODY}`,
    /^processors\/no-such-builtin\/index\.ts:1 imports node:nothing, which is not a module/,
  ],
  url: [
    `import 'https://example.com/x.js';\n${DEFINE}${BODY}`,
    /^processors\/url\/index\.ts:1 imports https:\/\/example/,
  ],
  'file-of-nested-source': [
    {
      'index.ts': `import { read } from './lib/read';\n${DEFINE}${BODY}console.log(read);`,
      'lib/read.ts': "// import.meta.url\nexport const read = () =>\n  new URL('./x', import.meta.url);\n",
    },
    /^processors\/file-of-nested-source\/lib\/read\.ts:3: all sources become one module/,
  ],
  'resolve-of-nested-source': [
    {
      'index.ts': `import { path } from './lib/path';\n${DEFINE}${BODY}console.log(path);`,
      'lib/path.ts': "export const path = import.meta.resolve('./x');\n",
    },
    /^processors\/resolve-of-nested-source\/lib\/path\.ts:1: all sources become one module/,
  ],
  'two-modules': [
    { 'index.ts': DEFINE + BODY, 'index.mjs': '' },
    'processors/two-modules has index.ts and index.mjs: keep one',
  ],
  Bad_Name: [DEFINE + BODY, /^processors\/Bad_Name: the name of a processor is up to 40/],
};

describe('processors that do not build or load', () => {
  let copy: ProjectCopy;
  let described: ProcessorDescriptions;

  before(() => {
    copy = ProjectCopy.create(' with spaces');
    for (const [name, [source]] of Object.entries(FAULTS)) {
      const files = typeof source === 'string' ? { 'index.ts': source } : source;
      for (const [path, text] of Object.entries(files)) copy.write({ [`processors/${name}/${path}`]: text });
    }
    const link = (name: string, target: string) => {
      copy.write({ [`processors/${name}/index.ts`]: DEFINE + BODY });
      symlinkSync(target, join(copy.folder, 'processors', name, 'link'));
    };
    link('link-out', '../../package.json');
    link('link-to-nothing', './nothing');
    link('link-to-itself', '.');
    copy.write({ 'processors/large/index.ts': DEFINE + BODY, 'processors/large/model.bin': '' });
    truncateSync(join(copy.folder, 'processors/large/model.bin'), 2 ** 31);
    copy.edit('processors/package.json', (json) => ({
      ...json,
      dependencies: { ...(json.dependencies as object), 'left-pad': '^1.3.0' },
    }));
    mkdirSync(join(copy.folder, 'processors', 'no-module'));
    writeFileSync(join(copy.folder, 'processors', 'no-module', 'util.ts'), '');
    described = copy.bundle().processors;
  });
  after(() => copy.remove());

  for (const [name, [, expected]] of Object.entries(FAULTS)) {
    it(`${name}: the error says what and where`, () => {
      const { error } = described[name] as { error: string };
      if (typeof expected === 'string') expect(error).to.equal(expected);
      else expect(error).to.match(expected);
      expect(error).not.to.include('\n');
    });
  }

  it('a link that the image would not have is refused', () => {
    expect(described['link-out'])
      .to.have.property('error')
      .that.matches(/link-out\/link is a link to .*outside of processors\//);
    expect(described['link-to-nothing']).to.deep.equal({
      error: 'processors/link-to-nothing/link is a link to a file that does not exist',
    });
    expect(described['link-to-itself']).to.deep.equal({
      error: 'processors/link-to-itself/link is a link to a folder that it is in',
    });
  });

  it('a file that is too large for the stack is refused', () => {
    expect(described.large).to.deep.equal({
      error: 'processors/large/model.bin is larger than 2 GiB: put it into S3, and read it in `setup`',
    });
  });

  it('the others are not affected, and a folder without a module is not a processor', () => {
    expect(described.checksum).to.have.property('version');
    expect(described.gzip).to.have.property('version');
    expect(described).not.to.have.property('no-module');
  });

  it('they are in the order of their names, among the others', () => {
    expect(Object.keys(described)).to.deep.equal(Object.keys(described).sort());
  });

  it('a package that is locked and not installed, or in another version, is distinguished from one that is broken', () => {
    for (const name of Object.keys(described)) if (name !== 'gzip') copy.hide(`processors/${name}`);
    copy.write({
      'processors/one/index.ts': `import sharp from 'sharp';\n${DEFINE}${BODY}console.log(sharp);`,
    });
    expect(copy.bundle().processors.one).to.have.property('version');
    copy.hide('node_modules/sharp');
    expect(copy.bundle().processors.one)
      .to.have.property('error')
      .that.matches(
        /^processors\/one needs npm packages: sharp \S+ of package-lock\.json is not installed: run `npm install`$/,
      );
    copy.write({ 'node_modules/sharp/package.json': '{"name": "sharp", "version": "0.1.0"}' });
    expect(copy.bundle().processors.one)
      .to.have.property('error')
      .that.includes('is installed as 0.1.0: run `npm install`');
  });

  it('a fault of the workspace itself is reported in one line', () => {
    copy.write({ 'processors/package.json': '{' });
    expect(() => copy.bundle()).to.throw(/^processors\/package\.json cannot be read: /);
  });
});
