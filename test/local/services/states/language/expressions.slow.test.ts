/** Expressions that never end, nest too deeply or take too much, in every field; and the process that evaluates each. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListMapRunsCommand,
  StopExecutionCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { Expressions } from '../../../../../local/services/states/language/expressions';
import { Evaluator } from '../../../../../local/services/states/language/expressions/evaluator';
import { mentioned } from '../../../../../local/services/states/language/expressions/mentioned';
import { isReference } from '../../../../../local/services/states/language/expressions/reference';
import type { Json, JsonObject } from '../../../../../local/services/states/language/json';
import { ended } from '../../../../support/execution';
import { childrenOf, isGone } from '../../../../support/processes';
import { until } from '../../../../support/until';
import { createMachine, historyOf, ROLE, run, type StatesServer, start, startServer } from '../server';

const ENDLESS = '($f := function($x) { $f($x + 1) }; $f(1))';
const EXPONENTIAL = "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)";
const LARGE = "$length($pad('', 268435456, 'x'))";
const TIMEOUT = /Expression evaluation timeout/;
const MEMORY = /Expression evaluation memory limit exceeded/;
const STACK = /Stack overflow error/;

const pass = (Output: unknown) => ({ A: { Type: 'Pass', Output, End: true } });
const map = (fields: object, Output: unknown = '{% $states.input %}') => ({
  M: {
    Type: 'Map',
    Items: [1],
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'P',
      States: { P: { Type: 'Pass', Output, End: true } },
    },
    End: true,
    ...fields,
  },
});
/** Forty children that never end. */
const hanging = map(
  { Items: '{% [1..40] %}', ToleratedFailurePercentage: 100 },
  `{% $states.input > 0 ? ${EXPONENTIAL} %}`,
);

/** Ids of the child processes that evaluate expressions for a process. */
const evaluators = (parent = process.pid) =>
  childrenOf(parent)
    .filter(({ command }) => command.includes('evaluator-process.js'))
    .map(({ pid }) => pid);

async function statusOf({ sfn }: StatesServer, executionArn: string) {
  return (await sfn.send(new DescribeExecutionCommand({ executionArn }))).status;
}

describe('expressions', () => {
  describe('in a state machine', () => {
    let cloud: StatesServer;
    const idle = () => createMachine(cloud, pass(1), { name: 'idle' });
    let machines = 0;

    before(async () => {
      cloud = await startServer();
    });
    after(() => cloud.close());

    const name = () => `machine-${machines++}`;
    const resultOf = (States: Record<string, object>, input: unknown = {}, rest: object = {}) =>
      run(cloud, States, input, { name: name(), ...rest });

    const limits: [what: string, expression: string, cause: RegExp][] = [
      ['recursion without end', ENDLESS, TIMEOUT],
      ['an exponential regular expression', EXPONENTIAL, TIMEOUT],
      [
        'a loop in a loop',
        '$map([1..800000], function($x) { $map([1..800000], function($y) { $x }) })',
        TIMEOUT,
      ],
      ['recursion that nests', '($f := function($n) { 1 + $f($n) }; $f(1))', STACK],
      ['a depth of 101', Array(101).fill('1').join(' + '), STACK],
      ['a value from text that nests', "$parse($pad('', 50000, '[') & $pad('', 50000, ']'))", STACK],
      ['a string of 2^28 characters', LARGE, MEMORY],
      [
        'a string of 2^23 characters',
        "($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p('x', 23)))",
        MEMORY,
      ],
      ['a range too long', '$sum([1..873783])', MEMORY],
      ['a $range too long', '$count($range(1, 1e18, 1))', MEMORY],
      [
        // These are so large that they reach the limit of memory long before that of time.
        'too much in all',
        "($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $x := $p('x', 20); $count([1..1000].[$uppercase($x & $string($))]))",
        MEMORY,
      ],
      ['too much as its value', "[1..100].$pad('', 100000, 'x')", MEMORY],
      ['$eval', "$eval('1')", /T1006: Attempted to invoke a non-function/],
    ];
    for (const [what, expression, reason] of limits) {
      it(`fail with States.QueryEvaluationError for ${what}`, async () => {
        const { status, error, cause } = await resultOf(pass({ x: `{% ${expression} %}` }));
        expect(status).to.equal('FAILED');
        expect(error).to.equal('States.QueryEvaluationError');
        expect(cause).to.match(reason).and.include("specified for the field 'Output/x' threw an error");
      });
    }

    it('have the limits of AWS', async () => {
      const { output, cause } = await resultOf(
        pass({
          depth: `{% ${Array(100).fill('1').join(' + ')} %}`,
          nested: '{% ($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(31)) %}',
          string:
            "{% ($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p('x', 22))) %}",
          range: '{% $count([1..873782]) %}',
          step: '{% $count($range(1, 360145, 1)) %}',
          wide: `{% $count([${Array(300).fill('$states.input.list.a').join(', ')}]) %}`,
          groups: '{% $count($keys($states.input.list{$string(a): $count(b)})) %}',
        }),
        { list: Array.from({ length: 300 }, (_, a) => ({ a, b: [a] })) },
      );
      expect(output, cause).to.be.a('string');
      expect(JSON.parse(output ?? '')).to.deep.equal({
        depth: 100,
        nested: 31,
        string: 2 ** 22,
        range: 873_782,
        step: 360_145,
        wide: 300 * 300,
        groups: 300,
      });
    });

    const reader = 'arn:aws:states:::s3:listObjectsV2';
    const invoke = (fields: object) => ({
      T: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: {}, End: true, ...fields },
    });
    const value = `{% ${LARGE} %}`;
    const places: [field: string, states: Record<string, object>][] = [
      ['Output', pass(value)],
      ['Assign/a', { A: { Type: 'Pass', Assign: { a: value }, End: true } }],
      ['Choices[0]/Condition', { C: { Type: 'Choice', Choices: [{ Condition: value, Next: 'C' }] } }],
      ['Seconds', { W: { Type: 'Wait', Seconds: value, End: true } }],
      ['Timestamp', { W: { Type: 'Wait', Timestamp: value, End: true } }],
      ['Error', { F: { Type: 'Fail', Error: value } }],
      ['Cause', { F: { Type: 'Fail', Cause: value } }],
      ['Arguments/x[0]', invoke({ Arguments: { x: [value] } })],
      ['TimeoutSeconds', invoke({ TimeoutSeconds: value })],
      ['HeartbeatSeconds', invoke({ HeartbeatSeconds: value })],
      ['Items', map({ Items: value })],
      ['ItemSelector/x', map({ ItemSelector: { x: value } })],
      ['ItemBatcher/MaxItemsPerBatch', map({ ItemBatcher: { MaxItemsPerBatch: value } })],
      ['ItemBatcher/BatchInput/x', map({ ItemBatcher: { MaxItemsPerBatch: 1, BatchInput: { x: value } } })],
      [
        'ItemReader/Arguments/Bucket',
        map({ Items: undefined, ItemReader: { Resource: reader, Arguments: { Bucket: value } } }),
      ],
      [
        'ItemReader/ReaderConfig/MaxItems',
        map({ Items: undefined, ItemReader: { Resource: reader, ReaderConfig: { MaxItems: value } } }),
      ],
      ['MaxConcurrency', map({ MaxConcurrency: value })],
      ['ToleratedFailureCount', map({ ToleratedFailureCount: value })],
      ['ToleratedFailurePercentage', map({ ToleratedFailurePercentage: value })],
      [
        'ResultWriter/Arguments/Bucket',
        map({ ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: value } } }),
      ],
    ];
    for (const [field, states] of places) {
      it(`end at their limit in ${field}`, async () => {
        const { error, cause } = await resultOf(states);
        expect(error).to.equal('States.QueryEvaluationError');
        expect(cause).to.match(MEMORY).and.include(`specified for the field '${field}'`);
      });
    }

    it('can be caught, and are in the history', async () => {
      const { M } = map({
        Items: value,
        Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'B' }],
        End: undefined,
        Next: 'B',
      });
      const { status, executionArn, output } = await resultOf({ M, B: { Type: 'Pass', End: true } });
      expect(status).to.equal('SUCCEEDED');
      expect(JSON.parse(output ?? '').Error).to.equal('States.QueryEvaluationError');
      const events = await historyOf(cloud, executionArn ?? '');
      const failed = events.find(({ type }) => type === 'EvaluationFailed')?.evaluationFailedEventDetails;
      expect(failed).to.include({ state: 'M', location: 'Items', error: 'States.QueryEvaluationError' });
    });

    it('fail only their item of a map', async () => {
      const States = map(
        { Items: '{% [1..10] %}', ToleratedFailureCount: 1, Output: 'done' },
        `{% $states.input = 3 ? ${EXPONENTIAL} : $string($states.input) %}`,
      );
      const { status, executionArn } = await resultOf(States);
      expect(status).to.equal('SUCCEEDED');
      const { mapRuns } = await cloud.sfn.send(new ListMapRunsCommand({ executionArn }));
      const mapRunArn = mapRuns?.[0]?.mapRunArn;
      const { itemCounts } = await cloud.sfn.send(new DescribeMapRunCommand({ mapRunArn }));
      expect(itemCounts).to.include({ succeeded: 9, failed: 1 });
    });

    it('hold up neither the API nor other executions, and can be stopped', async () => {
      const executionArn = await start(cloud, await createMachine(cloud, hanging, { name: name() }));
      const { output } = await resultOf(pass("{% $uppercase('a') %}"));
      expect(output).to.equal('"A"');
      const { status } = await cloud.sfn.send(new DescribeExecutionCommand({ executionArn }));
      expect(status).to.equal('RUNNING');
      await cloud.sfn.send(new StopExecutionCommand({ executionArn }));
      expect((await ended(cloud, executionArn)).status).to.equal('ABORTED');
    });

    it('leave a process for others, for any number of executions that evaluate them', async () => {
      const stuck = await createMachine(cloud, pass(`{% ${EXPONENTIAL} %}`), { name: 'stuck' });
      const many = await Promise.all(Array.from({ length: 20 }, () => start(cloud, stuck)));
      await until(async () => {
        const states = await Promise.all(many.slice(0, 4).map((arn) => statusOf(cloud, arn)));
        return states.includes('FAILED');
      }, 'an expression has passed its limit');
      expect(await run(cloud, pass('{% $sum([1..3]) %}'), {}, { name: 'ordinary' })).to.include({
        output: '6',
      });
      expect(await statusOf(cloud, many.at(-1) as string)).to.equal('RUNNING');
      await Promise.all(
        many.map((executionArn) => cloud.sfn.send(new StopExecutionCommand({ executionArn }))),
      );
    });

    it('and states that do not wait let other requests be served, and timeouts still expire', async () => {
      const loop = { A: { Type: 'Pass', Next: 'A' } };
      // The execution ends when its history is full, which takes seconds of the processor's time. The test looks before that, also on a
      // busy machine.
      const input = { text: 'x'.repeat(250_000) };
      const endless = await start(cloud, await createMachine(cloud, loop, { name: 'loop' }), input);
      expect(await statusOf(cloud, endless)).to.equal('RUNNING');
      await cloud.sfn.send(new StopExecutionCommand({ executionArn: endless }));
      const machine = await createMachine(cloud, loop, { name: 'short-loop', TimeoutSeconds: 1 });
      expect(await ended(cloud, await start(cloud, machine, input))).to.include({ status: 'TIMED_OUT' });
    });

    it('by the thousand in a definition let other requests be served', async () => {
      const numbers = Array.from({ length: 4_000 }, (_, index) => `{% ${index} %}`);
      const made = createMachine(cloud, pass(numbers), { name: 'many' });
      let isMade = false;
      void made.then(() => {
        isMade = true;
      });
      await cloud.sfn.send(new ListMapRunsCommand({ executionArn: await start(cloud, await idle()) }));
      expect(isMade).to.equal(false);
      const output = JSON.parse((await ended(cloud, await start(cloud, await made))).output ?? '');
      expect([output.length, output.at(-1)]).to.deep.equal([4_000, 3_999]);
    });

    it('cut errors and causes to the lengths that the API allows', async () => {
      const long = "{% $pad('', 6000000, 'x') %}";
      const { error, cause } = await run(
        cloud,
        { A: { Type: 'Fail', Error: long, Cause: long } },
        {},
        { name: 'long-failure' },
      );
      expect([error?.length, cause?.length]).to.deep.equal([256, 32_768]);
    });

    it('do not outlast the execution’s timeout', async () => {
      const { status } = await resultOf(hanging, {}, { TimeoutSeconds: 1 });
      expect(status).to.equal('TIMED_OUT');
    });

    it('without end in their text or structure are refused when the state machine is made', async () => {
      const definitionOf = (Output: Json) =>
        JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States: pass(Output) });
      const nested = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
      const cases: [definition: string, code: string, location?: string][] = [
        [definitionOf(`{% ${'('.repeat(100_000)} %}`), 'INVALID_JSONATA_EXPRESSION', '/States/A/Output'],
        [definitionOf('x').replace('"x"', nested), 'INVALID_JSON_DESCRIPTION'],
      ];
      for (const [definition, code, location] of cases) {
        const { diagnostics } = await cloud.sfn.send(
          new ValidateStateMachineDefinitionCommand({ definition }),
        );
        expect(diagnostics?.map((each) => [each.code, each.location])).to.deep.equal([[code, location]]);
        const created = cloud.sfn.send(
          new CreateStateMachineCommand({ name: name(), definition, roleArn: ROLE }),
        );
        expect(await created.catch((error) => error.name)).to.equal('InvalidDefinition');
      }
    });
  });

  it('that are parsed meanwhile do not let two state machines get one name', async () => {
    const cloud = await startServer();
    const create = (text: string) =>
      createMachine(cloud, pass(`{% $uppercase('${text}') %}`), { name: 'same' }).then(
        () => 'created',
        ({ name }) => name,
      );
    const answers = await Promise.all(['a', 'b', 'c'].map(create));
    expect(answers.sort()).to.deep.equal([
      'StateMachineAlreadyExists',
      'StateMachineAlreadyExists',
      'created',
    ]);
    await cloud.close();
  });

  describe('have processes of their own', () => {
    it('only if they do more than name values, one for each execution that evaluates, and none in the end', async () => {
      const cloud = await startServer();
      await run(cloud, pass({ a: '{% $states.input.a %}' }), { a: 1 }, { name: 'reference' });
      expect(evaluators()).to.have.length(0);
      await run(cloud, pass("{% $uppercase('a') %}"), {}, { name: 'call' });
      expect(evaluators()).to.have.length(1);
      await start(cloud, await createMachine(cloud, hanging, { name: 'hanging' }));
      // Looks each time, in case the first process exceeds its limit before that.
      await until(async () => {
        await run(cloud, pass("{% $uppercase('a') %}"), {}, { name: 'beside' });
        return evaluators().length === 2;
      }, 'a second process');
      await cloud.close();
      expect(evaluators()).to.have.length(0);
    });

    it('start the first one before an expression exists, unless they are closed', async () => {
      const expressions = new Expressions();
      expressions.prepare();
      const prepared = await until(() => evaluators()[0], 'a process');
      expect(await expressions.problems(["{% $uppercase('a') %}"])).to.deep.equal([undefined]);
      expect(evaluators()).to.deep.equal([prepared]);
      await expressions.close();
      expressions.prepare();
      expect(evaluators()).to.have.length(0);
    });

    it('that end with the expression that exceeds a limit, and not with those that were sent with it', async () => {
      const expressions = new Expressions();
      const inputs = Array.from({ length: 40 }, (_, index) => index);
      const results = await Promise.all(
        inputs.map((input) => {
          const text = input === 7 ? EXPONENTIAL : `$string($states.input) & '!'`;
          const scope = { variables: {}, states: { input, context: {} } };
          return Promise.resolve(
            expressions.evaluate(`{% ${text} %}`, scope, 'Output', { owner: 'one' }),
          ).catch(({ cause }) => (TIMEOUT.test(cause) ? 'too long' : cause));
        }),
      );
      expect(results).to.deep.equal(inputs.map((input) => (input === 7 ? 'too long' : `${input}!`)));
      await expressions.close();
      expect(evaluators()).to.have.length(0);
    });

    const KILLED = {
      'are in a regular expression': `
        const scope = { variables: {}, states: { input: 0, context: {} } };
        new Expressions().evaluate(${JSON.stringify(`{% ${EXPONENTIAL} %}`)}, scope, 'Output', { owner: 0 });`,
      'have nothing to do': 'new Expressions().prepare();',
    };
    for (const [what, program] of Object.entries(KILLED)) {
      it(`which end with the local cloud, and leave no folder, even if it is killed while they ${what}`, async () => {
        const folder = await mkdtemp(join(tmpdir(), 'expressions-test-'));
        const expressions =
          "const { Expressions } = require('./local/services/states/language/expressions');";
        const parent = spawn(
          process.execPath,
          ['--require', 'ts-node/register', '--eval', expressions + program],
          { env: { ...process.env, TMPDIR: folder } },
        );
        const [pid] = await until(() => {
          const found = evaluators(parent.pid);
          return found.length > 0 && found;
        }, 'the evaluator runs');
        parent.kill('SIGKILL');
        await once(parent, 'exit');
        await until(() => isGone(pid as number), 'the end of the process');
        const left = await readdir(folder);
        expect(left.filter((entry) => entry.startsWith('s3-batch-local-'))).to.deep.equal([]);
        await rm(folder, { recursive: true });
      });
    }
  });

  describe('have the same value', () => {
    const input: JsonObject = {
      a: { b: { c: 1 }, 'd e': [1, [2], 3] },
      list: [
        { k: 'x', v: 1 },
        { k: 'y', v: 2 },
        { k: 'x', v: 3 },
      ],
      größe: { b: 4 },
      text: 'a%b',
    };
    const scope = {
      variable: { x: [1, 2], y: 'z' },
      größe: 7,
      states: { input, context: { Map: { Item: { Value: { Key: 'k', Size: 1 } } } } },
    };
    const texts = [
      '$states',
      '$states.input.a.b.c',
      '$states.input.a.b.%.b',
      '$states.input.a."d e"',
      '$states.input.a.`d e`',
      '$states.input.größe.b',
      '$states.input.list.k',
      '$states.input.list[v > 1].k',
      '$states.input.list{k: $sum(v)}',
      '$states.input.list@$l.{"k": $l.k, "all": $count($states.input.list)}',
      '$states.input.list^(>v).v',
      '$states.input.*',
      '$states.input.**.v',
      '$states/* comment */.input.text',
      '$states .input. text',
      '($s := $states; $s.input.text)',
      '$keys($states.input)',
      '$lookup($states.input, "text")',
      '$variable.x[0] + $größe',
      '$merge([$variable, {"y": $states.context.Map.Item.Value.Key}])',
      '$states.context.Map.Item.Value',
      '$type($states.context.Map.Item.Value.Key) = "string" ? 1 : $error("no")',
      '$states.input.constructor',
      '$states.input.nothing',
      '$states.input.a ~> |$|{"z": 1}|',
      '$nothing',
      '$sum',
      'function($x) { $x }',
      '[0 / 0, 1 / 0, -1 / 0]',
      '{"a": $nothing, "b": null}',
      '[]',
      '[[1]]',
      '$now() = $now() and $millis() = $millis()',
      '$type($random()) & $type($uuid())',
      '1 + "a"',
      '$error("mine")',
    ];
    let expressions: Expressions;
    before(() => {
      expressions = new Expressions();
    });
    after(() => expressions.close());

    for (const text of texts) {
      it(`in that process as in this one, with only the variables that they mention: ${text}`, async () => {
        const here = await new Evaluator().evaluate(text, scope);
        expect(await new Evaluator().evaluate(text, mentioned(text, scope))).to.deep.equal(here);
        const { states, ...variables } = scope;
        const there = await Promise.resolve(
          expressions.evaluate(`{%${text}%}`, { variables, states }, 'F', { owner: 0 }),
        )
          .then((result) => ({ value: result }))
          .catch(({ cause }) => ({
            problem: cause.slice(`The JSONata expression '${text}' specified for the field 'F' `.length),
          }));
        expect(there).to.deep.equal(here);
      });
    }
  });

  it('are sent with only the variables that they mention', () => {
    const scope = { a: { x: 1, y: 2 }, b: 3, states: { input: { c: { d: 4 }, e: 5 }, context: { f: 6 } } };
    expect(mentioned('$states.input.c.d & $a.x', scope)).to.deep.equal({
      a: { x: 1 },
      states: { input: { c: { d: 4 } } },
    });
    expect(mentioned('$states.input.e % 2', scope)).to.deep.equal({ states: scope.states });
  });

  it('may mention a path of any length, in a string or a comment too', () => {
    const path = `$a${'.b'.repeat(300_000)}`;
    for (const text of [path, `1 & '${path}'`, `/* ${path} */ $sum([1])`]) {
      expect(mentioned(text, { a: { b: 1, c: 2 } })).to.deep.equal({ a: { b: 1 } });
    }
  });

  it('are evaluated in place only if they name, compare or add a few values', () => {
    const references = [
      ' $states.input ',
      '$x',
      '$states.context.State.RetryCount + 1',
      "$fleet.ready and $source = 'objects'",
      '$a.b != -1.5 or true',
      "'text'",
    ];
    for (const text of references) expect(isReference(text), text).to.equal(true);
    const others = [
      '',
      '$x()',
      '$states.input.a[0]',
      '$states.input.*',
      '$states.input.**',
      '$states.input.%',
      '$a & $b',
      '$a ~> $b',
      '$a ? $b : $c',
      '$a ?? $b',
      '1..1000000',
      "$a = 'it\\'s'",
      '/a/',
      '{}',
      '[1]',
      '($a)',
      '$a := 1',
      '$a + $b + $c + $d + $e + $f',
      `$${'a'.repeat(2_000)}`,
    ];
    for (const text of others) expect(isReference(text), text).to.equal(false);
  });
});
