import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { apply, workerContainer } from '../stacks/synthesize';

/** The last words of the Dockerfile's line that starts with this instruction. */
function instruction(name: string): string | undefined {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n');
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
}

describe('the Dockerfile', () => {
  it('runs the command of the task definition, as its user', () => {
    const { command, user } = workerContainer(apply());
    expect(JSON.parse(instruction('CMD') ?? '')).to.deep.equal(command);
    expect(instruction('USER')).to.equal(user);
  });
});
