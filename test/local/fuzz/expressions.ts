/** Expressions of all kinds in a state machine: each ends, and the execution with it. */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { Input, Target } from './input';
import { send } from './send';

const VALUES = [
  '1',
  '-1',
  '1e308',
  '"x"',
  'null',
  'true',
  '[]',
  '{}',
  '[1..5]',
  '$states.input',
  '$states',
  '$',
  '$$',
  '$x',
  '/a+/',
  '""',
];
const FUNCTIONS = [
  '$string',
  '$number',
  '$sum',
  '$count',
  '$keys',
  '$merge',
  '$sort',
  '$reverse',
  '$each',
  '$lookup',
  '$type',
  '$exists',
  '$not',
  '$uppercase',
  '$split',
  '$join',
  '$parse',
  '$hash',
  '$uuid',
  '$random',
  '$range',
  '$partition',
  '$toMillis',
  '$fromMillis',
  '$eval',
  '$now',
];
/** Expressions like those that the first reviewers tried: each needs more time, stack or memory than the limits allow. */
const ENDLESS = [
  '($f := function($n) { $f($n + 1) + 1 }; $f(0))',
  '($f := function($n) { $f($n + 1) }; $f(0))',
  '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)',
  '$pad("", 268435456)',
  '$map([1..10000000], function($v) { $string($v) & "x" })',
  '$reduce([1..60], function($i, $j) { $i & $i }, "x")',
  '[1..100000000]',
];

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...VALUES),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '&', '=', '<', 'in', 'and', '~>', '.', '?:', '..', '^'),
        tie('expression'),
      )
      .map((parts) => `(${parts.join(' ')})`),
    fc
      .tuple(fc.constantFrom(...FUNCTIONS), fc.array(tie('expression'), { maxLength: 3 }))
      .map(([name, args]) => `${name}(${args.join(', ')})`),
    tie('expression').map((body) => `$map($states.input, function($v, $i) { ${body} })`),
    tie('expression').map((value) => `($x := ${value}; $x)`),
    fc.string({ maxLength: 20 }),
  ),
}));

export const expressionInputs = (_target: Target): fc.Arbitrary<Input> =>
  fc
    .oneof({ weight: 30, arbitrary: expression }, { weight: 1, arbitrary: fc.constantFrom(...ENDLESS) })
    .map((text) => ({ what: `the expression ${text}`, run: (target) => evaluate(target, text) }));

let machines = 0;

async function evaluate(target: Target, text: string) {
  const call = async (operation: string, input: object) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AWSStepFunctions.${operation}`,
    };
    const body = Buffer.from(JSON.stringify(input));
    return (
      (await send(target, { service: 'states', method: 'POST', path: '/', headers, body })) ?? {
        status: 0,
        body: '',
      }
    );
  };
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 20,
    StartAt: 'State',
    States: { State: { Type: 'Pass', Output: `{% ${text} %}`, End: true } },
  });
  const name = `expression-${machines++}`;
  const made = await call('CreateStateMachine', {
    name,
    definition,
    roleArn: 'arn:aws:iam::000000000000:role/worker',
  });
  const { stateMachineArn } = JSON.parse(made.body || '{}');
  if (!stateMachineArn) return [made];
  const started = await call('StartExecution', { stateMachineArn, input: '[1, "a", {"b": null}]' });
  const { executionArn } = JSON.parse(started.body || '{}');
  for (;;) {
    const described = await call('DescribeExecution', { executionArn });
    const { status } = JSON.parse(described.body || '{}');
    if (status !== 'RUNNING') {
      await call('DeleteStateMachine', { stateMachineArn });
      return [made, started, described];
    }
    await delay(20);
  }
}
