/** The maps of the folders in CONTRIBUTING.md and the README have no gaps. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';

const foldersOf = (folder: string) =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe('the map of the folders', () => {
  it('in CONTRIBUTING.md has every folder of bundles/, client/, scripts/ and stacks/', () => {
    const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
    for (const folder of ['bundles', 'client', 'scripts', 'stacks'])
      for (const name of foldersOf(folder))
        expect(page).to.match(new RegExp(`^\\|.*\`${folder}/${name}/\`.* \\|`, 'm'));
  });

  it('in the README has every folder of scripts/ and stacks/, and every command', () => {
    const page = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const [, layout = ''] = /## Layout\n\n```\n(.*?)```/s.exec(page) ?? [];
    for (const name of [...foldersOf('scripts'), ...foldersOf('stacks')])
      expect(layout).to.match(new RegExp(`^  (.* )?${name}/`, 'm'));
    const [, commands = ''] = /^scripts\/ +(.*)$/m.exec(layout) ?? [];
    const files = readdirSync(join(ROOT, 'scripts')).filter((name) => name.endsWith('.ts'));
    const named = commands.match(/[\w-]+/g) ?? [];
    for (const file of files) expect(named).to.include(file.replace('.ts', ''));
  });
});
