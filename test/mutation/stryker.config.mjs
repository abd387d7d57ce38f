/**
 * `npm run mutation`: StrykerJS puts small mistakes into runtime/, one at a time, and the tests that start no process must notice.
 * `ROOM=provisioner npm run mutation` takes runtime/provisioner/ and its own tests alone; `ROOM=worker/.` takes the files of
 * runtime/worker/ without its folders, `ROOM=.` those of runtime/; `npm run mutation -- --mutate runtime/provisioner/sizing.ts` one file.
 * What a run has found is kept in dist/mutation/: the next one tries only mutants that it, or a change of their tests, may decide
 * otherwise.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const room = process.env.ROOM ?? '';
/** What lies directly in a folder, for a room that ends with a dot; else all that lies below it. */
const below = /(^|\/)\.$/.test(room) ? room.slice(0, -1) : `${room && `${room}/`}**/`;
const name = room.replaceAll('/', '-').replace(/\.$/, 'files') || 'all';

/** Rooms whose tests mostly start processes, small ones. Elsewhere those tests would take seconds a mutant. */
const PROCESSES = ['worker/supervisor'];
const ignored = PROCESSES.includes(room) ? ['**/*.slow.test.ts'] : ['**/*.slow.test.ts', '**/*.process.test.ts'];

/** Whatever a mutant removes below the folder for temporary files, it is only what the tests have there. */
process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'mutation-'));
process.once('exit', () => rmSync(process.env.TMPDIR, { recursive: true, force: true }));

export default {
  mutate: [
    `runtime/${below}*.ts`,
    // Their tests start them as processes of their own, which no mutant reaches.
    '!runtime/worker/main.ts',
    '!runtime/worker/slot/main.ts',
    // They end processes and remove folders: a mutant would end and remove those of others on this machine.
    ...['process-group', 'slot-process'].map((file) => `!runtime/worker/supervisor/${file}.ts`),
    ...['orphan-processes', 'scratch'].map((file) => `!runtime/worker/slot/${file}.ts`),
    '!runtime/worker/**/end-with-worker.ts',
    '!runtime/processes.ts',
    '!runtime/processor/command/**',
  ],
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner'],
  mochaOptions: {
    config: '.mocharc.json',
    spec: [`test/runtime/${below}*.test.ts`],
    ignore: ignored,
  },
  // Only the tests that run a mutant's line are run.
  coverageAnalysis: 'perTest',
  // What runs while a module is loaded: each of its mutants takes a new process. Tables and schemas, mostly.
  ignoreStatic: true,
  concurrency: 2,
  incremental: true,
  incrementalFile: `dist/mutation/${name}.json`,
  timeoutMS: 8_000,
  timeoutFactor: 2,
  ignorePatterns: ['/local/bucket', '/docs', '/dist', '/cdktf.out', '/test/mutation'],
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `dist/mutation/${name}-report.json` },
  tempDirName: 'dist/mutation-sandbox',
  thresholds: { high: 95, low: 90, break: 85 },
};
