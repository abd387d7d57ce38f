import { expect } from 'chai';
import { failure } from '../../../support/failure';
import { Folder } from './programs';

const INSTALL =
  'The Python packages of processors/requirements.txt are not installed: run `npm run processors:install`';

describe('Where a program is looked for', () => {
  let folder: Folder;

  beforeEach(() => {
    folder = new Folder();
  });

  afterEach(() => folder.close());

  const message = async (...argv: [string, ...string[]]) =>
    (await failure(folder.slot(argv).setup())).message;

  it('one that is not installed is named before the first object, with the remedy', async () => {
    const error = await failure(folder.slot(['no-such-program']).setup());
    expect(error.name).to.equal('PermanentError');
    expect(error.message).to.equal(
      'The program no-such-program is not installed. For the image, add its Debian package to processors/apt.txt; ' +
        'install it on this machine, too.',
    );
    expect(await message('./missing')).to.equal("The program ./missing is not in the processor's folder.");
  });

  it('a file of the folder is named with ./, and is executable', async () => {
    folder.write('count', '#!/bin/sh\n');
    expect(await message('count')).to.include("is './count'");
    expect(await message('./count')).to.include('chmod +x');
  });

  it('an interpreter that is missing is a failure of the program', async () => {
    folder.write('count', '#!/no/such/interpreter\n', { executable: true });
    expect((await failure(folder.slot(['./count']).process(''))).message).to.match(
      /count cannot be started: .*ENOENT/,
    );
  });

  it('the virtual environment comes first', async () => {
    folder.write('../.venv/bin/python3', '#!/bin/sh\necho from the environment', { executable: true });
    folder.write('../requirements.txt', 'numpy\n');
    const [output] = await folder.slot(['python3']).process('');
    expect(output?.content.toString()).to.equal('from the environment\n');
    const [nested] = await folder.slot(['sh', '-c', 'python3']).process('');
    expect(nested?.content.toString()).to.equal('from the environment\n');
  });

  it('packages without a virtual environment are missing, if the program is Python', async () => {
    folder.write('../requirements.txt', '# comment\nnumpy\n');
    folder.write('count.py', '#!/usr/bin/env python3\n', { executable: true });
    expect(await message('python3', 'count.py')).to.equal(INSTALL);
    expect(await message('./count.py')).to.equal(INSTALL);
    expect(await message('a-script-of-a-package')).to.equal(INSTALL);
    await folder.slot(['cat']).setup();
  });

  it('requirements that are comments need none', async () => {
    folder.write('../requirements.txt', '# numpy\n\n');
    await folder.slot(['python3']).setup();
  });
});
