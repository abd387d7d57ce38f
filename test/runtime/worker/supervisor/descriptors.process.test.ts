/** Slots of a worker that has no file descriptors left. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { build } from 'esbuild';
import { OPTIONS } from '../../../../bundles/esbuild';
import { taskOf } from '../../support/task-cloud';

/** Opens files until the limit, and has an object processed. */
const WORKER = `
import { openSync } from 'node:fs';
import { Slots } from './runtime/worker/supervisor/slots';

const slots = new Slots({ slots: 1, slotMemoryMiB: 128, deadlineSeconds: 60, objectsInFlight: 1, filename: 'slot.js' });
const lane = slots.open({ task: ${JSON.stringify(taskOf('a'))}, workerId: 'worker', signal: new AbortController().signal });
try {
  for (;;) openSync('/dev/null', 'r');
} catch {}
slots.prepare().then(() => lane.process('a')).catch(({ name, message }) => {
  console.log(name + ': ' + message);
  return slots.close();
});
`;

describe('a worker without file descriptors', () => {
  it('goes on if a slot cannot start, and says why', async () => {
    const { outputFiles } = await build({
      ...OPTIONS,
      stdin: { contents: WORKER, resolveDir: OPTIONS.absWorkingDir, loader: 'ts' },
      sourcemap: false,
    });
    const program = outputFiles[0]?.text ?? '';
    const limited = ['-c', 'ulimit -n 64 && exec "$0" -e "$1"', process.execPath, program];
    const { stdout } = await promisify(execFile)('/bin/sh', limited);
    expect(stdout).to.equal(
      `ProcessorCrashed: its process did not start: spawn ${process.execPath} EMFILE\n`,
    );
  });
});
