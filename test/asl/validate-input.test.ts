/** The rules that refuse bad input, as the workflow and scripts/execute.ts evaluate them. */
import { expect } from 'chai';
import { PROCESSOR_NAME } from '../../bundles/processors/names';
import { InvalidInputError } from '../../client';
import { inputProblem, type Rule } from '../../client/input/rules';
import { MAX_PARAMETERS_BYTES } from '../../runtime/check-processor';
import { MANIFEST_FORMATS } from '../../runtime/selector/manifest/format';
import { failure } from '../support/failure';
import { evaluate, stateOf } from './asl';

const rules: Rule[] = stateOf('ValidateInput').Choices;

/** The largest text of a single parameter `a`, in bytes: its JSON takes eight more. */
const ROOM_OF_PARAMETER = MAX_PARAMETERS_BYTES - 8;

const EVERY_FIELD = {
  worker_count: 1,
  objects: [{ Key: 'a' }],
  prefix: 'a',
  manifest: { Key: 'm' },
  select: { limit: 1 },
  bucket: 'archive',
  processor: 'thumbnail',
  parameters: {},
  output_prefix: 'processed/a/',
  tolerated_failure_percentage: 5,
  batch_size: 1,
  force: false,
};

/** As `inputProblem` does, without a thread for each input. */
async function problem(input: unknown): Promise<unknown> {
  for (const { Condition, Assign } of rules) {
    if (await evaluate(Condition, { input })) return evaluate(Assign.problem, { input });
  }
  return undefined;
}

describe('ValidateInput', () => {
  const accepted: [string, object][] = [
    ['one object', { worker_count: 1, objects: [{ Key: 'a' }] }],
    ['many objects', { worker_count: 100, objects: [{ Key: 'a' }, { Key: 'b', Size: 1 }] }],
    ['a prefix', { worker_count: 10, prefix: 'data/' }],
    ['a prefix that starts like an output prefix', { worker_count: 10, prefix: 'processed-later/' }],
    ['a prefix inside the outputs', { worker_count: 10, prefix: 'processed/data/' }],
    ['a manifest', { worker_count: 10, manifest: { Key: 'manifests/keys.jsonl' } }],
    ['a manifest of a format', { worker_count: 1, manifest: { Key: 'm', format: 'csv', column: 'path' } }],
    ['a manifest with a position', { worker_count: 1, manifest: { Key: 'm', column: 1 } }],
    ['the whole bucket with select', { worker_count: 1, prefix: '', select: { match: '**/*.jpg' } }],
    ['an empty select', { worker_count: 1, prefix: 'a', select: {} }],
    ['changed without force', { worker_count: 1, prefix: 'a', select: { changed: true }, force: false }],
    ["the deployment's own bucket", { worker_count: 1, prefix: 'a', bucket: 'bucket' }],
    ['another bucket', { worker_count: 1, objects: [{ Key: 'a' }], bucket: 'archive' }],
    ['the whole of another bucket', { worker_count: 1, prefix: '', bucket: 'archive' }],
    ['one object a task', { worker_count: 1, prefix: 'a', batch_size: 1 }],
    ['every failure', { worker_count: 1, prefix: 'a', tolerated_failure_percentage: 100 }],
    ['no failure', { worker_count: 1, prefix: 'a', tolerated_failure_percentage: 0, force: true }],
    ['an odd number of objects a task', { worker_count: 7, prefix: 'a', batch_size: 3 }],
    [
      'every option',
      { worker_count: 1, prefix: 'a', tolerated_failure_percentage: 5, batch_size: 1000, force: false },
    ],
    ['a processor', { worker_count: 1, prefix: 'a', processor: 'word-count' }],
    ['a processor of 40 characters', { worker_count: 1, prefix: 'a', processor: 'p'.repeat(40) }],
    ['no parameter', { worker_count: 1, prefix: 'a', parameters: {} }],
    ['parameters', { worker_count: 1, prefix: 'a', parameters: { widths: [256, 1024], deep: { a: null } } }],
    [
      'the largest parameters',
      { worker_count: 1, prefix: 'a', parameters: { a: 'x'.repeat(ROOM_OF_PARAMETER) } },
    ],
    [
      'the largest parameters with what a URL escapes',
      { worker_count: 1, prefix: 'a', parameters: { a: ' '.repeat(ROOM_OF_PARAMETER) } },
    ],
    [
      'the largest parameters in UTF-8',
      { worker_count: 1, prefix: 'a', parameters: { a: 'ü'.repeat(ROOM_OF_PARAMETER / 2) } },
    ],
    ['the output prefix itself', { worker_count: 1, prefix: 'a', output_prefix: 'processed/' }],
    ['an output prefix', { worker_count: 1, prefix: 'a', output_prefix: 'processed/2026/small images/' }],
    [
      'segments that start with dots',
      { worker_count: 1, prefix: 'a', output_prefix: 'processed/.a/..b/.../' },
    ],
    [
      'a long output prefix',
      { worker_count: 1, prefix: 'a', output_prefix: `processed/${'p'.repeat(989)}/` },
    ],
    ["another processor's outputs", { worker_count: 1, prefix: 'processed/gzip/', processor: 'thumbnail' }],
    [
      "a prefix that looks like outputs, if the input names the deployment's own processor",
      { worker_count: 1, prefix: 'processed/checksum/', processor: 'checksum' },
    ],
    [
      'a prefix beside the output prefix',
      { worker_count: 1, prefix: 'processed/a/', output_prefix: 'processed/ab/' },
    ],
  ];
  for (const [what, input] of accepted) {
    it(`accepts ${what}`, async () => {
      expect(await problem(input)).to.equal(undefined);
    });
  }

  const refused: [string, unknown, RegExp][] = [
    ['no object', [1], /^The input is not a JSON object: give {"worker_count": 2, "prefix": "data\/"}\.$/],
    [
      'unknown fields',
      { ...EVERY_FIELD, workers: 2, bucket_name: 'b' },
      /^Unknown field workers, bucket_name: the input has worker_count, one of objects, prefix and manifest, and optionally select, bucket, processor, parameters, output_prefix, tolerated_failure_percentage, batch_size and force\.$/,
    ],
    ['no worker_count', { prefix: 'a' }, /^worker_count is missing: give the number of workers, 1 to 100\.$/],
    [
      'worker_count null',
      { worker_count: null, prefix: 'a' },
      /^worker_count is null: it must be an integer, 1 to 100\.$/,
    ],
    [
      'worker_count in words',
      { worker_count: 'ten', prefix: 'a' },
      /worker_count is ten: it must be an integer/,
    ],
    [
      'a broken worker_count',
      { worker_count: 1.5, prefix: 'a' },
      /worker_count is 1.5: it must be an integer/,
    ],
    [
      'worker_count 0',
      { worker_count: 0, prefix: 'a' },
      /^worker_count is 0: it must be 1 to 100; raise maxWorkers of the stack for more\.$/,
    ],
    ['worker_count -1', { worker_count: -1, prefix: 'a' }, /worker_count is -1: it must be 1 to 100/],
    ['worker_count 101', { worker_count: 101, prefix: 'a' }, /worker_count is 101: it must be 1 to 100/],
    [
      'no source',
      { worker_count: 1 },
      /^Give exactly one of objects \(a list\), prefix and manifest: each says which objects to process\.$/,
    ],
    ['two sources', { worker_count: 1, prefix: 'a', manifest: { Key: 'b' } }, /exactly one of objects/],
    [
      'objects that are not a list',
      { worker_count: 1, objects: { Key: 'a' } },
      /^objects is not a list: give \[{"Key": "…"}, …\]\.$/,
    ],
    [
      'no objects',
      { worker_count: 1, objects: [] },
      /^objects is an empty list: give at least one {"Key": "…"}\.$/,
    ],
    [
      'an entry without Key',
      { worker_count: 1, objects: [{ Key: 'a' }, {}] },
      /^An entry of objects has no Key: every entry must be {"Key": "…"}\.$/,
    ],
    [
      'an entry with an empty Key',
      { worker_count: 1, objects: [{ Key: '' }] },
      /An entry of objects has no Key/,
    ],
    ['a bare key', { worker_count: 1, objects: ['a'] }, /An entry of objects has no Key/],
    [
      'an upper-case processor',
      { worker_count: 1, prefix: 'a', processor: 'Gzip' },
      /^processor is Gzip: it must be up to 40 lower-case letters, digits and hyphens, a letter first\.$/,
    ],
    [
      'a processor with a path',
      { worker_count: 1, prefix: 'a', processor: '../x' },
      /^processor is \.\.\/x: /,
    ],
    [
      'a processor and a line end',
      { worker_count: 1, prefix: 'a', processor: 'gzip\n' },
      /^processor is gzip\n: /,
    ],
    ['an empty processor', { worker_count: 1, prefix: 'a', processor: '' }, /^processor is : /],
    ['a processor of 41 characters', { worker_count: 1, prefix: 'a', processor: 'p'.repeat(41) }, /up to 40/],
    [
      'a processor that is not a string',
      { worker_count: 1, prefix: 'a', processor: null },
      /^processor is null: /,
    ],
    [
      'parameters that are a list',
      { worker_count: 1, prefix: 'a', parameters: [1] },
      /^parameters is not a JSON object: give the processor's parameters by name, such as {"quality": 80}\.$/,
    ],
    [
      'parameters that are null',
      { worker_count: 1, prefix: 'a', parameters: null },
      /^parameters is not a JSON/,
    ],
    [
      'parameters of a byte more',
      { worker_count: 1, prefix: 'a', parameters: { a: 'x'.repeat(ROOM_OF_PARAMETER + 1) } },
      /4,096 bytes/,
    ],
    [
      'parameters of one byte more in UTF-8',
      { worker_count: 1, prefix: 'a', parameters: { a: `x${'ü'.repeat(ROOM_OF_PARAMETER / 2)}` } },
      /^parameters takes more than 4,096 bytes as JSON: put what is larger into an object of the bucket, and its key into a parameter\.$/,
    ],
    [
      'huge parameters',
      { worker_count: 1, prefix: 'a', parameters: { a: '🚀'.repeat(60_000) } },
      /4,096 bytes/,
    ],
    ...[
      'data/',
      'processed',
      'Processed/a/',
      'processed/a',
      '/processed/',
      'processed//',
      'processed/a//b/',
    ].map((output_prefix): [string, unknown, RegExp] => [
      `the output prefix ${output_prefix}`,
      { worker_count: 1, prefix: 'a', output_prefix },
      /^output_prefix is .*: it must be below processed\/, end with \/, and have no segment that is empty, \. or \.\.$/,
    ]),
    ...['processed/./', 'processed/../', 'processed/a/../b/', 'processed/a/./'].map(
      (output_prefix): [string, unknown, RegExp] => [
        `the output prefix ${output_prefix}`,
        { worker_count: 1, prefix: 'a', output_prefix },
        /^output_prefix is /,
      ],
    ),
    ...[
      ['"x"', 'x'],
      ['null', null],
      ['["archive"]', ['archive']],
      ['""', ''],
    ].map(([text, bucket]): [string, unknown, RegExp] => [
      `the bucket ${text}`,
      { worker_count: 1, prefix: 'a', bucket },
      /^bucket is .*: this deployment reads bucket, archive; give one of these, or add the bucket to the setting readBuckets\.$/,
    ]),
    [
      'its own bucket by name, and the outputs in the prefix',
      { worker_count: 1, prefix: '', bucket: 'bucket' },
      /^prefix is "": it contains processed/,
    ],
    [
      'an output prefix that is not a string',
      { worker_count: 1, prefix: 'a', output_prefix: 7 },
      /^output_prefix is 7: /,
    ],
    [
      'an output prefix without room for keys',
      { worker_count: 1, prefix: 'a', output_prefix: `processed/${'p'.repeat(990)}/` },
      /^output_prefix has 1001 characters: give at most 1,000, since a key in S3 has at most 1,024 bytes\.$/,
    ],
    [
      'a prefix with its own outputs in it',
      { worker_count: 1, prefix: 'processed/small/', output_prefix: 'processed/small/' },
      /^prefix is "processed\/small\/": it contains processed\/small\/, where this system writes; give a prefix without it, or select, which leaves it out\.$/,
    ],
    [
      "a prefix with another processor's outputs in it",
      { worker_count: 1, prefix: 'processed/thumb', processor: 'thumbnail' },
      /it contains processed\/thumbnail\/, where/,
    ],
    [
      "a prefix that is another processor's output prefix",
      { worker_count: 1, prefix: 'processed/thumbnail/', processor: 'thumbnail' },
      /it contains processed\/thumbnail\/, where/,
    ],
    [
      'a prefix that is not a string',
      { worker_count: 1, prefix: 1 },
      /^prefix is not a string: give the start of the keys, such as "data\/"\.$/,
    ],
    [
      'the whole bucket',
      { worker_count: 1, prefix: '' },
      /^prefix is "": it contains processed\/, results\/, manifests\/, where/,
    ],
    [
      "the whole bucket, if the input names the deployment's own processor",
      { worker_count: 1, prefix: '', processor: 'checksum' },
      /^prefix is "": it contains processed\/, results\/, manifests\/, where/,
    ],
    [
      'a prefix that contains the outputs',
      { worker_count: 1, prefix: 'proc' },
      /^prefix is "proc": it contains processed\/, where/,
    ],
    [
      'a fraction of tolerance',
      { worker_count: 1, prefix: 'a', tolerated_failure_percentage: 0.5 },
      /^tolerated_failure_percentage is 0\.5: it must be an integer, 0 to 100\.$/,
    ],
    ['the results prefix', { worker_count: 1, prefix: 'results/' }, /contains results\//],
    ['the manifests prefix', { worker_count: 1, prefix: 'manifests' }, /contains manifests\//],
    [
      'a manifest of no format',
      { worker_count: 1, manifest: { Key: 'm', format: 'xml' } },
      /^manifest\.format is xml: it must be jsonl, csv, keys or inventory\.$/,
    ],
    [
      'a position of 0',
      { worker_count: 1, manifest: { Key: 'm', column: 0 } },
      /^manifest\.column is 0: it must be the header of the column of keys or, without headers, its position from 1\.$/,
    ],
    [
      'a column without a name',
      { worker_count: 1, manifest: { Key: 'm', column: '' } },
      /manifest.column is : it/,
    ],
    [
      'a column that is a list',
      { worker_count: 1, manifest: { Key: 'm', column: ['a'] } },
      /manifest.column is/,
    ],
    [
      'select that is a string',
      { worker_count: 1, prefix: 'a', select: '*' },
      /^select is not a JSON object: give {"match": "\*\*\/\*\.jpg", "limit": 100}\.$/,
    ],
    ['select that is a list', { worker_count: 1, prefix: 'a', select: [] }, /select is not a JSON object/],
    ['select that is null', { worker_count: 1, prefix: 'a', select: null }, /select is not a JSON object/],
    [
      'changed with force',
      { worker_count: 1, prefix: 'a', select: { changed: true }, force: true },
      /^force and select\.changed exclude each other: give one of them\.$/,
    ],
    [
      'a manifest without Key',
      { worker_count: 1, manifest: {} },
      /^manifest has no Key: give {"Key": "…"}, an object in the bucket that lists the objects to process\.$/,
    ],
    ['a manifest with an empty Key', { worker_count: 1, manifest: { Key: '' } }, /manifest has no Key/],
    ['a manifest whose Key is a number', { worker_count: 1, manifest: { Key: 7 } }, /manifest has no Key/],
    ['a manifest that is a string', { worker_count: 1, manifest: 'a' }, /manifest has no Key/],
    [
      'a tolerance below 0',
      { worker_count: 1, prefix: 'a', tolerated_failure_percentage: -1 },
      /percentage is -1/,
    ],
    [
      'a tolerance above 100',
      { worker_count: 1, prefix: 'a', tolerated_failure_percentage: 101 },
      /percentage is 101/,
    ],
    [
      'a tolerance in words',
      { worker_count: 1, prefix: 'a', tolerated_failure_percentage: '5' },
      /percentage is 5/,
    ],
    [
      'a batch_size of 0',
      { worker_count: 1, prefix: 'a', batch_size: 0 },
      /^batch_size is 0: it must be an integer, 1 to 1000\.$/,
    ],
    ['a batch_size of 1001', { worker_count: 1, prefix: 'a', batch_size: 1001 }, /batch_size is 1001/],
    ['a broken batch_size', { worker_count: 1, prefix: 'a', batch_size: 2.5 }, /batch_size is 2.5/],
    [
      'force in words',
      { worker_count: 1, prefix: 'a', force: 'yes' },
      /^force is neither true nor false: give one of them\.$/,
    ],
  ];
  for (const [what, input, message] of refused) {
    it(`refuses ${what}`, async () => {
      expect(await problem(input)).to.match(message);
    });
  }

  it('allows the names of processors that the build allows, and the formats that the selector reads', () => {
    const formats = MANIFEST_FORMATS.map((format) => `'${format}'`).join(', ');
    for (const allowed of [String(PROCESSOR_NAME), `manifest.format in [${formats}])`])
      expect(
        rules.filter(({ Condition }) => Condition.includes(allowed)),
        allowed,
      ).to.have.length(1);
  });

  it('is evaluated by the client as it is', async () => {
    expect(await inputProblem(rules, { worker_count: 1, prefix: 'data/' })).to.equal(undefined);
    expect(await inputProblem(rules, { worker_count: 0, prefix: 'data/' })).to.match(/^worker_count is 0: /);
  });

  it('ends rules of a deployed state machine that do not end themselves', async () => {
    const endless = [{ Condition: '{% ($f := function() { $f() }; $f()) %}', Assign: { problem: 'none' } }];
    const refusal = await failure(inputProblem(endless, {}, 0.1));
    expect(refusal).to.be.instanceOf(InvalidInputError);
    expect(refusal.message).to.match(/^The state machine's rules for its input took more than 0\.1 s/);
  });

  it('names a rule of a deployed state machine that fails', async () => {
    const broken = [{ Condition: "{% $error('no') %}", Assign: { problem: 'none' } }];
    const refusal = await failure(inputProblem(broken, {}));
    expect(refusal).to.be.instanceOf(InvalidInputError);
    expect(refusal.message).to.match(/^The state machine would fail on this input: no/);
  });
});
