import { expect } from 'chai';
import type { Snapshot } from '../../../client';
import { newName } from '../../../client/execution-name';
import { InterruptedRun } from '../../../scripts/run/interruption';

const SNAPSHOT: Snapshot = {
  phase: 'processing',
  status: 'RUNNING',
  seconds: 60,
  total: 77,
  done: 23,
  failed: 2,
  tasksDone: 23,
  processingSeconds: 50,
};
const CTRL_C = new Error('Stopped by SIGINT.');

describe('the message after Ctrl-C', () => {
  const said = (name: string, { isLeft = false, force = false, snapshot = SNAPSHOT } = {}) =>
    new InterruptedRun(CTRL_C, snapshot, { name, isLeft, force }).message;

  for (const kind of ['run', 'sample']) {
    it(`says what was done, and that the same command continues (${kind})`, () => {
      expect(said(newName(kind))).to.equal(
        'Stopped by SIGINT. 23 of 77 objects are done, 2 of them failed. The same command continues: it skips what is done.',
      );
    });
  }

  it('says if nothing is done yet', () => {
    const snapshot = { ...SNAPSHOT, total: 0, done: 0, failed: 0 };
    expect(said(newName('run'), { snapshot })).to.include('SIGINT. No object is done. The same command');
  });

  it('asks for another name if one was given, as a plan gives one', () => {
    for (const name of ['nightly-7', newName('plan'), 'run-7'])
      expect(said(name)).to.include('The same command with another --name continues: it skips what is done.');
  });

  it('does not promise to skip with --force', () => {
    expect(said(newName('run'), { force: true })).to.match(
      /The same command processes all objects again, also those that are done, because of --force\.$/,
    );
  });

  it('names the command that watches a run that goes on', () => {
    expect(said('nightly-7', { isLeft: true, force: true })).to.match(
      /The run goes on\. Continue with: npx ts-node scripts\/watch\.ts nightly-7$/,
    );
  });
});
