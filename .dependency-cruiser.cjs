/** Which folder may import which: `npm run check` enforces it. https://github.com/sverweij/dependency-cruiser */
const only = (from, ...to) => ({
  name: `${from} imports only ${to.join(', ') || 'itself'}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    pathNot: [`^${from}/`, '^node_modules/', ...to.map((path) => `^${path}(/|$)`)],
    dependencyTypesNot: ['core'],
  },
});

module.exports = {
  forbidden: [
    { name: 'no circle', severity: 'error', from: {}, to: { circular: true } },
    only('runtime'),
    only('bundles', 'runtime', 'root.ts'),
    only('processors', 'runtime/processor'),
    only('page', 'client/figures/run-figures.ts', 'runtime/cost/cost.ts'),
    only('local', 'root.ts'),
    only('local/core', 'root.ts'),
    {
      name: 'a service knows of another one only what its index gives',
      severity: 'error',
      from: { path: '^local/services/([^/]+)/' },
      to: { path: '^local/(?!core/)', pathNot: ['^local/services/$1/', '^local/services/[^/]+/index\\.ts$'] },
    },
    only('local/services/states/time'),
    only('local/services/states/language', 'local/core', 'local/services/states/time', 'root.ts'),
    only('local/services/states/run', 'local/core', 'local/services/states/language', 'local/services/states/time'),
    only('client', 'runtime'),
    only('stacks', 'bundles', 'runtime', 'root.ts'),
    only('scripts', 'client', 'local', 'page', 'stacks', 'bundles', 'runtime', 'root.ts'),
    only(
      'scripts/cli',
      'client/errors.ts',
      'client/execution-name.ts',
      'local/core/errors.ts',
      'stacks/config-error.ts',
      'runtime/shell-word.ts',
      'root.ts',
    ),
    only('scripts/stack', 'scripts/cli', 'client', 'local', 'stacks', 'bundles', 'runtime', 'root.ts'),
    only(
      'scripts/deployment',
      'scripts/cli',
      'scripts/stack',
      'client',
      'stacks',
      'bundles',
      'runtime/provisioner/group.ts',
      'runtime/provisioner/terminating.ts',
      'root.ts',
    ),
    only('scripts/local', 'scripts/cli', 'scripts/stack', 'local', 'stacks', 'bundles', 'runtime', 'root.ts'),
    {
      name: 'a fast test needs no whole cloud, no script, no copy of the project, no browser and no Terraform',
      comment: "`npm run test:fast` runs it. Name the test file .slow.test.ts.",
      severity: 'error',
      from: { path: '\\.test\\.ts$', pathNot: '\\.(slow|process)\\.test\\.ts$' },
      to: { path: '^test/(support/(browser|cloud|script|project-copy)|stacks/(terraform|emulator))\\.ts$', reachable: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
