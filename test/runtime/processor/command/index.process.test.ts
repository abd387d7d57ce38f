import { Readable } from 'node:stream';
import { expect } from 'chai';
import { command, z } from '../../../../runtime/processor';
import { failure } from '../../../support/failure';
import { streamOf } from '../context';
import { Folder } from './programs';

describe('A program as a processor', () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(() => folder.close());

  it('gets the object on standard input, and its standard output is the output', async () => {
    const [output] = await folder.slot(['tr', 'a-z', 'A-Z']).process('hello');
    expect(output?.content.toString()).to.equal('HELLO');
    expect(output?.suffix).to.equal('');
  });

  it('passes every byte on', async () => {
    const bytes = Buffer.from(
      Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 256),
    );
    const [output] = await folder.slot(['cat']).process(bytes);
    expect(output?.content.equals(bytes)).to.equal(true);
  });

  it('passes a large object on piece by piece', async () => {
    const SIZE = 200 * 2 ** 20;
    const piece = Buffer.alloc(2 ** 16, 'x');
    let made = 0;
    let read = 0;
    let most = 0;
    const source = async function* () {
      for (; made < SIZE; made += piece.length) yield piece;
    };
    const [output] = await folder.slot(['cat']).begin(Readable.from(source()));
    for await (const chunk of streamOf(output)) {
      read += chunk.length;
      most = Math.max(most, made - read);
    }
    expect(read).to.equal(SIZE);
    expect(most).to.be.below(8 * 2 ** 20);
  });

  it('may write nothing', async () => {
    const [output] = await folder.slot(['true']).process('content');
    expect(output?.content.length).to.equal(0);
  });

  it('does not have to read its input', async () => {
    const endless = Readable.from(
      (async function* () {
        for (;;) yield Buffer.alloc(2 ** 16);
      })(),
    );
    const [output] = await folder.slot(['head', '-c', '3']).process(endless);
    expect(output?.content).to.deep.equal(Buffer.alloc(3));
    expect(endless.destroyed).to.equal(true);
  });

  it('runs in the folder of its processor', async () => {
    folder.write('model.txt', 'a model');
    folder.write('print-model', '#!/bin/sh\ncat model.txt', { executable: true });
    const [output] = await folder.slot(['./print-model']).process('');
    expect(output?.content.toString()).to.equal('a model');
  });

  it('gets the data of its object in arguments and environment, and no shell reads them', async () => {
    const parameters = z.object({ name: z.string(), widths: z.array(z.number()).default([1, 2]) });
    const print = 'import json,os,sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))';
    const slot = folder.slot(
      [
        'python3',
        '-c',
        print,
        'key={key}',
        '{parameters.name}',
        '{parameters.widths}',
        '{{key}}',
        '{print $1}',
      ],
      { parameters, env: { MODE: 'fast' } },
      { parameters: { name: '$(date) "*"' }, env: { GIVEN: 'by the deployment' } },
    );
    const [output] = await slot.process('abc', { key: "it's/$HOME;a.txt", attempt: 2 });
    const [args, env] = JSON.parse(output?.content.toString() ?? '');
    expect(args).to.deep.equal(["key=it's/$HOME;a.txt", '$(date) "*"', '[1,2]', '{key}', '{print $1}']);
    expect(env).to.include({
      OBJECT_KEY: "it's/$HOME;a.txt",
      OBJECT_BUCKET: 'bucket',
      OBJECT_ETAG: '0123',
      OBJECT_SIZE: '3',
      OBJECT_CONTENT_TYPE: 'text/plain',
      OBJECT_ATTEMPT: '2',
      MODE: 'fast',
      GIVEN: 'by the deployment',
    });
    expect(JSON.parse(env.PARAMETERS)).to.deep.equal({ name: '$(date) "*"', widths: [1, 2] });
    expect(env.TMPDIR).to.include(slot.scratch);
  });

  it('has the headers and the suffix that it declares, and a text shows its start', async () => {
    const options = { outputs: ['.json'], contentType: 'application/json', cacheControl: 'no-store' };
    const [output] = await folder.slot(['echo', '{"größe": 1}'], options).process('');
    expect(output).to.deep.include({
      suffix: '.json',
      contentType: 'application/json',
      cacheControl: 'no-store',
      preview: '{"größe": 1}\n',
    });
    const [binary] = await folder.slot(['echo', 'x'], { contentType: 'image/webp' }).process('');
    expect(binary?.preview).to.equal(undefined);
  });

  it('shows the start of a text that comes in pieces', async () => {
    const slot = folder.slot(['bash', '-c', 'for i in {1..300}; do echo $i; done'], {
      contentType: 'text/plain',
    });
    const [output] = await slot.process('');
    const numbers = Array.from({ length: 300 }, (_, index) => `${index + 1}\n`).join('');
    expect(output?.content.toString()).to.equal(numbers);
    expect(output?.preview).to.equal(numbers.slice(0, 1024));
    const [few] = await folder
      .slot(['bash', '-c', 'echo a; sleep 0.1; echo b'], { contentType: 'text/plain' })
      .process('');
    expect(few?.preview).to.equal('a\nb\n');
  });

  it('has no output if it declares none, and what it prints is logged', async () => {
    const slot = folder.slot(['echo', 'hello'], { outputs: [] });
    expect(await slot.process('')).to.deep.equal([]);
    expect(slot.messages()).to.deep.equal(['hello']);
  });

  it('refuses a NUL character, which would end an argument', async () => {
    const slot = folder.slot(['echo', '{key}']);
    const error = await failure(slot.process('', { key: 'a\0b' }));
    expect(error.name).to.equal('PermanentError');
    expect(error.message).to.include('a\\u0000b');
  });

  const scripts: [string, ...string[]][] = [
    ['bash', '-c', 'echo "{key}"'],
    ['/bin/sh', '-e', '-c', 'echo {parameters.word}', 'sh'],
    ['timeout', '9', 'bash', '-o', 'pipefail', '-ec', "grep '{parameters.word}' {input}"],
    ['python3', '-c', 'print("{key}")'],
    ['node', '--eval', 'console.log("{key}")'],
    ['perl', '-ne', 'print if /{parameters.word}/'],
  ];
  const parameters = z.object({ word: z.string().default('') });
  for (const argv of scripts) {
    it(`is refused if a key or a parameter could be code: ${argv.join(' ')}`, () => {
      expect(() => command(argv, { parameters })).to.throw('within a script could be code that runs');
    });
  }

  it('gives a script the key as an argument, which is not run', async () => {
    const slot = folder.slot(['bash', '-c', 'echo "{{key}} is $1"; cat {input}', 'bash', '{key}']);
    const [output] = await slot.process('!', { key: '"$(echo bad)".txt' });
    expect(output?.content.toString()).to.equal('{key} is "$(echo bad)".txt\n!');
  });

  it('is refused if it cannot work', () => {
    expect(() => command([''])).to.throw("name a program: command(['python3', 'count.py'])");
    expect(() => command(['{parameters.tool}'])).to.throw('the program itself cannot be {parameters.tool}');
    expect(() => command(['a', '{parameters.x}'])).to.throw('there are none');
    expect(() => command(['a', '{input}'], { serve: true })).to.throw('{input} is a field of each request');
    expect(() => command(['a'], { outputs: ['.a', '.b'] })).to.throw('Put {output} into the arguments');
    expect(() => command(['a'], { outputs: 'dynamic' })).to.throw('Put {output} into the arguments');
  });
});
