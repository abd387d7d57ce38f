/** Processors with packages that people import, each with the text that it makes of an object. */

const DEFINE = "import { defineProcessor } from '../../runtime/processor';\n";
const body = (expression: string) =>
  `export default defineProcessor({ process: async () => ({ body: String(${expression}) }) });\n`;

/** `(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))` */
const WASM = Buffer.from(
  '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
  'hex',
);
const CRC32 = "import { crc32 } from '@node-rs/crc32';\n";
/** The hash of "abc". */
const CRC32_OF_ABC = '891568578';

export interface Example {
  /** Contents by path. */
  files: Record<string, string | Uint8Array>;
  /** Targets of links, by path. */
  links?: Record<string, string>;
  makes: string;
}

const one = (text: string, makes: string, files: Example['files'] = {}): Example => ({
  files: { 'index.ts': DEFINE + text, ...files },
  makes,
});

/** Packages of the public registry. */
export const PACKAGES = ['@node-rs/crc32@1.10.8', 'nanoid@5.1.6', 'source-map@0.7.6', 'fflate@0.7.4'];

export const EXAMPLES: Record<string, Example> = {
  'native-add-on': one(CRC32 + body("crc32('abc')"), CRC32_OF_ABC),
  'es-module-only': one(`import { urlAlphabet } from 'nanoid';\n${body('urlAlphabet.length')}`, '64'),
  'wasm-of-a-package': one(
    `import { SourceMapConsumer } from 'source-map';
const map = { version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA', file: 'a.js' };
${body('await SourceMapConsumer.with(map as never, null, (consumer) => consumer.originalPositionFor({ line: 1, column: 0 }).source)')}`,
    'a.ts',
  ),
  'wasm-beside': one(
    `import { readFile } from 'node:fs/promises';
const { instance } = await WebAssembly.instantiate(await readFile(new URL('./add.wasm', import.meta.url)));
const { add } = instance.exports as { add(a: number, b: number): number };
${body('add(20, 22)')}`,
    '42',
    { 'add.wasm': WASM },
  ),
  'top-level-await': one(`const value = await Promise.resolve('awaited');\n${body('value')}`, 'awaited'),
  'json-import': one(
    `import labels from './labels.json';\nimport typed from './labels.json' with { type: 'json' };\n${body('labels.cat + typed.cat')}`,
    '77',
    { 'labels.json': '{ "cat": "7" }' },
  ),
  'files-beside': one(
    `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
const model = readFileSync(new URL('./model.bin', import.meta.url), 'utf8');
const text = readFileSync(join(import.meta.dirname, 'data', 'a b.txt'), 'utf8');
${body('model + text')}`,
    'weights text',
    { 'model.bin': 'weights ', 'data/a b.txt': 'text' },
  ),
  'another-version': one(
    `import { readFileSync } from 'node:fs';
import { strFromU8, strToU8, unzlibSync, zlibSync } from 'fflate';
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('fflate')), 'utf8'));
${body("strFromU8(unzlibSync(zlibSync(strToU8('inflated ')))) + version")}`,
    'inflated 0.7.4',
  ),
  'install-script': one(
    `import built from '@made-up/built';\n${body('built')}`,
    'built when it was installed',
  ),
  'create-require': one(
    `import { createRequire } from 'node:module';
const { crc32 } = createRequire(import.meta.url)('@node-rs/crc32');
${body("crc32('abc')")}`,
    CRC32_OF_ABC,
  ),
  'dynamic-import': one(body("(await import('@node-rs/crc32')).crc32('abc')"), CRC32_OF_ABC),
  'dynamic-name': one(
    `const name = ['@node-rs', 'crc32'].join('/');\n${body("(await import(name)).crc32('abc')")}`,
    CRC32_OF_ABC,
  ),
  'common-js': {
    files: {
      'index.js': `const { sep } = require('node:path');
const { crc32 } = require('@node-rs/crc32');
const { defineProcessor } = require('../../runtime/processor');
module.exports = defineProcessor({ process: () => ({ body: sep + crc32('abc') }) });
`,
    },
    makes: `/${CRC32_OF_ABC}`,
  },
  'es-module-js': { files: { 'index.mjs': DEFINE + CRC32 + body("crc32('abc')") }, makes: CRC32_OF_ABC },
  'sources-in-folders': one(
    `import { greet } from './lib/deep/greet';\nimport { name } from '../shared-sources/name';\n${body('greet(name)')}`,
    'Hello, shared',
    {
      'lib/deep/greet.ts': 'export const greet = (name: string) => `Hello, ${name}`;\n',
      '../shared-sources/name.ts': "export const name = 'shared';\n",
    },
  ),
  'shared-source': one(`import { name } from '../shared-sources/name';\n${body('name')}`, 'shared'),
  links: {
    ...one(
      `import { readFileSync } from 'node:fs';
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
${body("read('./word.txt') + read('./words/word.txt')")}`,
      'onetwo',
      { '../shared-words/word.txt': 'two', '../shared-word.txt': 'one' },
    ),
    links: { 'word.txt': '../shared-word.txt', words: '../shared-words' },
  },
  'program-beside': one(
    `import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
${body("execFileSync(fileURLToPath(new URL('./greet.sh', import.meta.url)), ['world'])")}`,
    'Hello, world\n',
    { 'greet.sh': '#!/bin/sh\necho "Hello, $1"\n' },
  ),
  'command-of-s3': one(
    `import { HeadObjectCommand } from '@aws-sdk/client-s3';
export default defineProcessor({
  async process({ bucket, key }, { s3 }) {
    const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return { body: String(ContentLength) };
  },
});
`,
    '22',
  ),
  thread: one(
    `import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
${body("(await once(new Worker(new URL('./thread.mjs', import.meta.url)), 'message'))[0]")}`,
    CRC32_OF_ABC,
    {
      'thread.mjs': `import { parentPort } from 'node:worker_threads';\n${CRC32}parentPort.postMessage(crc32('abc'));\n`,
    },
  ),
};
