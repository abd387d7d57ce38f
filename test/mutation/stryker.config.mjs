/**
 * `npm run mutation`: StrykerJS puts small mistakes into runtime/, and the fast tests must notice. `ROOM=provisioner npm run mutation`
 * takes runtime/provisioner/ and its own tests alone; `npm run mutation -- --mutate runtime/provisioner/sizing.ts` one file.
 * What a run has found is kept in dist/mutation/: the next one tries only mutants that it, or a change of their tests, may decide
 * otherwise.
 */
const room = process.env.ROOM ?? '';
const below = room ? `${room}/` : '';

export default {
  // worker/main.ts is started by its test as a process of its own, which no mutant reaches.
  mutate: [`runtime/${below}**/*.ts`, '!runtime/worker/main.ts'],
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner'],
  mochaOptions: {
    config: '.mocharc.json',
    spec: [`test/runtime/${below}**/*.test.ts`],
    ignore: ['**/*.slow.test.ts'],
  },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  incremental: true,
  incrementalFile: `dist/mutation/${room || 'all'}.json`,
  timeoutMS: 30_000,
  ignorePatterns: ['/local/bucket', '/docs', '/dist', '/cdktf.out', '/test/mutation'],
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `dist/mutation/${room || 'all'}-report.json` },
  tempDirName: 'dist/mutation-sandbox',
  thresholds: { high: 95, low: 90, break: 85 },
};
