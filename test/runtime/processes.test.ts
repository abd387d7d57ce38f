/** What /proc shows about the test's own process. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import {
  endProcess,
  newestProcessId,
  processesOfSlot,
  processIds,
  readProcess,
  readProcessFile,
} from '../../runtime/processes';

const PID = String(process.pid);
const GONE = '99999999';

describe('the processes of the system', () => {
  before(function () {
    if (!existsSync('/proc/self/stat')) this.skip();
  });

  it('are listed by number', () => {
    const ids = processIds();
    expect(ids).to.include(PID).and.include('1');
    expect(ids.filter((id) => !/^[0-9]+$/.test(id))).to.deep.equal([]);
  });

  it('are counted: a process that starts adds one', () => {
    const before = newestProcessId();
    spawnSync(process.execPath, ['--version']);
    expect(before).to.match(/^[0-9]+$/);
    expect(newestProcessId()).to.not.equal(before);
  });

  it('have a parent and a group, unless they are gone', () => {
    const { pid, parent, group } = readProcess(PID) ?? {};
    expect([pid, parent]).to.deep.equal([process.pid, process.ppid]);
    expect(group).to.be.above(0);
    expect(readProcess(GONE)).to.equal(undefined);
  });

  it('have files, and none once they are gone', () => {
    expect(readProcessFile(PID, 'cmdline')).to.include('node');
    expect(readProcessFile(GONE, 'cmdline')).to.equal('');
  });

  it('belong to a slot by their group, or by their environment', () => {
    const group = readProcess(PID)?.group ?? 0;
    const pids = (leader: number, slot: string) => processesOfSlot(leader, slot).map(({ pid }) => pid);
    expect(pids(group, 'none of this name')).to.include(process.pid);
    expect(pids(Number(GONE), 'none of this name')).to.deep.equal([]);
  });

  it('may be gone before they are ended', () => {
    endProcess(Number(GONE));
  });
});
