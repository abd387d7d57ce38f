/**
 * The time from the command to the first object that is done. The command of the README runs in a fresh process, on a copy of the project,
 * since the scenario edits a processor. The clock starts with the command, npx included, and stops when the first output exists.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ProjectCopy } from '../support/project-copy';
import type { Figure } from './figure';
import type { Round, Scenario } from './scenario';
import { run } from './support/child';
import { makeSmallObjects } from './support/objects';

const OBJECTS = 10;
const LOOK_EVERY_MILLISECONDS = 5;

export const firstObject: Scenario = {
  description: 'seconds from the command to the first object done, after an edit and again',
  rows: [7],
  async measure(round): Promise<Figure[]> {
    const copy = ProjectCopy.create();
    round.atEnd(() => copy.remove());
    const bucket = join(round.folder, 'bucket');
    makeSmallObjects(join(bucket, 'data'), OBJECTS);
    await mkdir(join(bucket, 'processed'));

    round.progress('the first start of a clone');
    const clone = await start(round, copy.folder, bucket);
    copy.replace('processors/checksum/index.ts', (text) => `${text}\n// Edited.\n`);
    round.progress('the first start after an edit');
    const edited = await start(round, copy.folder, bucket);
    round.progress('the second start');
    const second = await start(round, copy.folder, bucket);
    const { seconds: npx } = await run(round, 'npx', ['ts-node', '--version'], {
      cwd: copy.folder,
      stdio: 'ignore',
    });
    return [
      {
        row: 7,
        name: 'from the command to the first object done, after an edit of a processor',
        unit: 's',
        values: [edited],
        aim: { atMost: 3 },
        measured: { 'first start of a clone s': clone, 'npx ts-node --version s': npx },
      },
      {
        row: 7,
        name: 'from the command to the first object done, second start',
        unit: 's',
        values: [second],
        aim: { atMost: 2 },
        measured: { 'npx ts-node --version s': npx },
      },
    ];
  },
};

/** Seconds until the first output exists. Resolves when the command has ended. */
async function start(round: Round, project: string, bucket: string): Promise<number> {
  const outputs = join(bucket, 'processed', 'data');
  await rm(outputs, { recursive: true, force: true });
  const args = ['ts-node', 'scripts/execute.ts', '1', 'data/', '--target', 'local', '--bucket-dir', bucket];
  const startedAt = performance.now();
  let isOver = false;
  const command = run(round, 'npx', args, { cwd: project, stdio: 'ignore' }).finally(() => {
    isOver = true;
  });
  command.catch(() => {});
  while (!isOver && !(existsSync(outputs) && readdirSync(outputs).length > 0))
    await delay(LOOK_EVERY_MILLISECONDS);
  const seconds = (performance.now() - startedAt) / 1000;
  await command;
  return seconds;
}
