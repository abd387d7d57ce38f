/** The plan of one seed: the runs that start side by side, their objects, and their faults. */
import {
  type Arbitrary,
  array,
  constantFrom,
  integer,
  option,
  record,
  sample,
  subarray,
  tuple,
} from 'fast-check';
import type { Fault } from '../../../local/core/faults';

/** One execution. Its objects are all those below its prefix. */
export interface PlannedRun {
  prefix: string;
  /** Key and size in bytes of each object. */
  objects: { key: string; size: number }[];
  source: 'prefix' | 'objects' | 'manifest';
  workers: number;
  batchSize: number;
  toleratedFailurePercentage: number;
  /** Seconds after which a person stops it; undefined: nobody stops it. */
  stopAfterSeconds: number | undefined;
}

export interface Plan {
  seed: number;
  runs: PlannedRun[];
  faults: Fault[];
  processor: 'checksum' | 'simulate';
  /** For `simulate`: its fault, and the objects of the fault. */
  processorFault: { fault: string; key: string; attempts: number } | undefined;
}

const rate = (most: number) => integer({ min: 5, max: most }).map((percent) => percent / 100);

/** Every call that a role makes in a run, except the long poll, whose loss costs a heartbeat timeout. */
const apis = constantFrom(
  's3:HeadObject',
  's3:GetObject',
  's3:PutObject',
  's3:ListObjectsV2',
  's3:*',
  'states:SendTaskSuccess',
  'states:SendTaskFailure',
  'states:SendTaskHeartbeat',
  'states:GetActivityTask',
  'states:ListExecutions',
  'lambda:Invoke',
  'autoscaling:*',
  'ecs:*',
  '*',
);

const requestFault: Arbitrary<Fault> = record({
  effect: constantFrom('throttle' as const, 'error' as const, 'drop' as const),
  api: apis,
  rate: rate(30),
});
const lostAnswer: Arbitrary<Fault> = constantFrom(
  { effect: 'lose' as const, api: 'states:GetActivityTask', rate: 0.1 },
  { effect: 'lose' as const, api: 'states:SendTask*', rate: 0.3 },
  { effect: 'lose' as const, api: 's3:PutObject', rate: 0.3 },
  { effect: 'lose' as const, api: 'lambda:Invoke', rate: 0.3 },
  { effect: 'lose' as const, api: 'autoscaling:SetDesiredCapacity', rate: 0.5 },
);
const slowness: Arbitrary<Fault> = record({
  effect: constantFrom('delay' as const),
  api: apis,
  rate: rate(30),
  seconds: constantFrom(0.1, 0.5),
});
const outage: Arbitrary<Fault> = record({
  effect: constantFrom('drop' as const),
  api: constantFrom('*', 's3:*', 'states:*'),
  afterSeconds: constantFrom(1, 2, 3),
  forSeconds: constantFrom(1, 2, 3),
});
const death: Arbitrary<Fault> = constantFrom(
  { effect: 'kill' as const, what: 'workers' as const, everySeconds: 1, forSeconds: 4 },
  { effect: 'interrupt' as const, what: 'instances' as const, everySeconds: 2, forSeconds: 6 },
  { effect: 'refuse' as const, what: 'instances' as const, count: 2 },
  { effect: 'refuse' as const, what: 'workers' as const, count: 1 },
);
const faults = tuple(
  array(requestFault, { minLength: 1, maxLength: 3 }),
  ...[lostAnswer, slowness, outage, death].map((fault) => array(fault, { maxLength: 1 })),
).map((kinds) => kinds.flat());

/** Parts of keys: nesting, spaces, other alphabets, and characters with a meaning in a URL, in JSON or in a file system. */
const NAMES = [
  'a',
  'b/c',
  'with space',
  'plus+percent%20',
  'ü/é',
  '日本',
  'quote"\'',
  'dots../..x',
  'q?#&=',
  'UPPER',
  'upper',
];
const object = (prefix: string) =>
  tuple(
    subarray(NAMES, { minLength: 1, maxLength: 3 }),
    integer({ min: 0, max: 9 }),
    integer({ min: 0, max: 100_000 }),
  ).map(([names, digit, size]) => ({ key: `${prefix}${names.join('/')}-${digit}`, size }));

const objectsBelow = (prefix: string): Arbitrary<PlannedRun['objects']> =>
  integer({ min: 10, max: 40 }).chain((count) =>
    tuple(...Array.from({ length: count }, () => object(prefix))).map((all) => [
      ...new Map(all.map((one) => [one.key, one])).values(),
    ]),
  );

const run = (prefix: string): Arbitrary<PlannedRun> =>
  record({
    prefix: constantFrom(prefix),
    objects: objectsBelow(prefix),
    source: constantFrom('prefix' as const, 'objects' as const, 'manifest' as const),
    workers: integer({ min: 1, max: 2 }),
    batchSize: constantFrom(1, 1, 3, 10),
    toleratedFailurePercentage: constantFrom(100, 100, 100, 0),
    stopAfterSeconds: constantFrom(...Array(20).fill(undefined), 0.5, 2, 4),
  });

const plan: Arbitrary<Omit<Plan, 'seed'>> = record({
  runs: tuple(run('one/'), option(run('two/'), { freq: 2 })).map(([one, two]) => (two ? [one, two] : [one])),
  faults,
  processor: constantFrom('checksum' as const, 'simulate' as const),
  processorFault: option(
    record({
      fault: constantFrom(
        ...['throw', 'permanent', 'hang', 'block', 'exit', 'segfault', 'killed'],
        ...['heap-memory', 'buffer-memory', 'child-process'],
      ),
      // Keys end with a digit.
      key: integer({ min: 0, max: 9 }).map((digit) => `-${digit}`),
      attempts: constantFrom(1, 2),
    }),
    { nil: undefined },
  ),
});

export function planOf(seed: number): Plan {
  const [made] = sample(plan, { seed, numRuns: 1 });
  if (!made) throw new Error(`There is no plan for seed ${seed}`);
  return { seed, ...made };
}
