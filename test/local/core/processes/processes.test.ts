/** The programs of the local cloud that its child processes run. */
import { appendFileSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Processes } from '../../../../local/core/processes/processes';

describe('a program of the local cloud', () => {
  it('is written once, since a process that starts may be reading it', async () => {
    const processes = new Processes();
    try {
      const source = 'local/services/states/language/expressions/watchdog.ts';
      const program = processes.compile(source);
      appendFileSync(program, '// read by somebody');
      expect(processes.compile(source)).to.equal(program);
      expect(readFileSync(program, 'utf8')).to.match(/\/\/ read by somebody$/);
    } finally {
      await processes.close();
    }
  });
});
