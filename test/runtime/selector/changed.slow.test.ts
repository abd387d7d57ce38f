/** `changed` against the slot's own code: a run with `changed` processes exactly the objects that a full run would process. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Parameters } from '../../../runtime/contract';
import { defineProcessor, z } from '../../../runtime/processor';
import { hashEnvironment } from '../../../runtime/provenance';
import { runCall } from '../../../runtime/selector/call';
import { KeySet } from '../../../runtime/selector/key-set';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';
import { captureLines } from '../support/lines';
import { type AnyDefinition, processWith } from '../support/object-context';
import { s3Of } from '../support/s3-of';

const KEYS = ['in/a', 'in/b', 'in/c', 'in/ü +%'];

/** The differences between two runs, except the objects. */
interface Code {
  version: string;
  parameters: Parameters;
  environment: Record<string, string>;
}

type Step =
  | { kind: 'put'; key: string; text: string }
  | { kind: 'delete'; key: string }
  | { kind: 'remove output'; key: string; suffix: number }
  | { kind: 'foreign output'; key: string; suffix: number }
  | { kind: 'code'; code: Partial<Code> }
  /** Some fail, and the run may end before it has reached all. */
  | { kind: 'run'; failing: string[]; reached: number }
  | { kind: 'check' };

const key = fc.constantFrom(...KEYS);
const suffix = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('put' as const), key, text: fc.constantFrom('1', '2') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove output' as const), key, suffix }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('foreign output' as const), key, suffix }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('code' as const),
      code: fc.oneof(
        fc.record({ version: fc.constantFrom('1', '2') }),
        fc.record({ parameters: fc.constantFrom<Parameters>({}, { level: 1 }, { level: 2 }) }),
        fc.record({ environment: fc.constantFrom<Record<string, string>>({}, { A: '1' }, { A: '2' }) }),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      failing: fc.subarray(KEYS),
      reached: fc.nat(KEYS.length),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'check' as const }) },
);

const SUFFIXES: Record<string, readonly string[] | 'dynamic'> = {
  one: [''],
  two: ['.x', '.y'],
  none: [],
  dynamic: 'dynamic',
};

describe('changed', () => {
  captureLines();
  let server: TestServer;
  let outputPrefix: string;
  let histories = 0;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const definitionOf = (
    outputs: readonly string[] | 'dynamic',
    { version }: Code,
    failing: string[],
  ): AnyDefinition => ({
    version,
    outputs,
    // The schema changes the parameters that the execution gives.
    parameters: z.object({
      level: z
        .number()
        .default(1)
        .transform((level) => `${level}!`),
    }),
    process: ({ key }) => {
      if (failing.includes(key)) throw new Error('no');
      return (outputs === 'dynamic' ? ['.one', '.other'] : outputs).map((suffix) => ({
        suffix,
        body: 'made',
      }));
    },
  });

  /** Keys that are not skipped: those that are processed, and those that fail. */
  const run = async (name: string, code: Code, failing: string[], keys: string[]) => {
    const definition = definitionOf(SUFFIXES[name] ?? [], code, failing);
    const { parameters, environment } = code;
    const done = keys.map((key) =>
      processWith(server.client, key, definition, {
        name,
        bucket: BUCKET,
        output_bucket: BUCKET,
        parameters,
        environment,
        output_prefix: outputPrefix,
      }).then(
        ({ status }) => status !== 'skipped',
        () => true,
      ),
    );
    const worked = await Promise.all(done);
    return keys.filter((_, index) => worked[index]);
  };

  const selected = async (name: string, { version, parameters, environment }: Code) => {
    const outputs = SUFFIXES[name] ?? [];
    const { parametersSchema } = defineProcessor(
      definitionOf(outputs, { version, parameters, environment }, []),
    );
    const status = await runCall(
      {
        execution: 'run',
        started_at: '2026-11-26T12:00:00Z',
        bucket: BUCKET,
        output_bucket: BUCKET,
        objects: KEYS.map((Key) => ({ Key })),
        select: { changed: true },
        processor: name,
        parameters,
        output_prefix: outputPrefix,
        force: false,
        call: 0,
      },
      {
        s3: s3Of(server.client),
        ownBucket: BUCKET,
        keys: new KeySet(),
        processors: { [name]: { version, outputs, parameters: parametersSchema } },
        environment: hashEnvironment(environment, Object.keys(environment)),
      },
      Number.POSITIVE_INFINITY,
    );
    const { Body } = await server.client.send(
      new GetObjectCommand({ Bucket: BUCKET, Key: status.manifest.Key }),
    );
    const lines = (await Body?.transformToString())?.split('\n').filter(Boolean) ?? [];
    return lines.map((line) => JSON.parse(line).Key);
  };

  /** A run without objects, and a run whose objects have no outputs yet. */
  const clear = async () => {
    histories += 1;
    outputPrefix = `processed/${histories}/`;
    await Promise.all(KEYS.map((key) => server.remove(key)));
  };

  for (const [name, outputs] of Object.entries(SUFFIXES)) {
    it(`takes the objects that a full run would not skip, after any earlier runs: outputs ${JSON.stringify(outputs)}`, async () => {
      const suffixOf = (index: number) =>
        outputs === 'dynamic' ? '.outputs.json' : (outputs[index] ?? outputs[0] ?? '');
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), async (history) => {
          await clear();
          let code: Code = { version: '1', parameters: {}, environment: {} };
          for (const each of [...history, { kind: 'check' as const }]) {
            if (each.kind === 'put') await server.put(each.key, each.text);
            if (each.kind === 'delete') await server.remove(each.key);
            if (each.kind === 'remove output')
              await server.remove(outputPrefix + each.key + suffixOf(each.suffix));
            if (each.kind === 'foreign output')
              await server.put(outputPrefix + each.key + suffixOf(each.suffix), 'x');
            if (each.kind === 'code') code = { ...code, ...each.code };
            if (each.kind === 'run') await run(name, code, each.failing, KEYS.slice(0, each.reached));
            if (each.kind !== 'check') continue;
            const chosen = await selected(name, code);
            expect(chosen).to.deep.equal(await run(name, code, [], KEYS));
          }
        }),
        { numRuns: 15 },
      );
    });
  }

  it('costs a request for each object and one for each of its outputs', async () => {
    const code = { version: '1', parameters: {}, environment: {} };
    await clear();
    await Promise.all(KEYS.map((each) => server.put(each, '1')));
    await run('two', code, [], KEYS);
    const before = server.needed.length;
    expect(await selected('two', code)).to.deep.equal([]);
    const heads = server.needed
      .slice(before)
      .flat()
      .filter((need) => /GetObject.*\/(in|processed\/\d+)\//.test(need));
    expect(heads).to.have.length(3 * KEYS.length);
  });
});
