import {
  CreateStateMachineCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { ServiceError } from '../../../../../local/core/service';
import { retryDelay } from '../../../../../local/services/states/run/retry';
import { ended } from '../../../../support/execution';
import {
  createActivity,
  createMachine,
  historyOf,
  ROLE,
  run,
  type StatesServer,
  start,
  startServer,
  type TestFunction,
  takeTask,
} from '../server';

describe('the states language', () => {
  let cloud: StatesServer;
  let call: TestFunction;
  let machines = 0;

  beforeEach(async () => {
    cloud = await startServer({ functions: { f: (payload) => call(payload) } });
  });
  afterEach(() => cloud.close());

  const name = () => `machine-${machines++}`;
  const outputOf = async (States: Record<string, object>, input?: unknown) => {
    const { status, output, error, cause } = await run(cloud, States, input, { name: name() });
    expect(status, `${error}: ${cause}`).to.equal('SUCCEEDED');
    return JSON.parse(output ?? '');
  };
  const failureOf = async (States: Record<string, object>, input?: unknown) => {
    const { status, error, cause } = await run(cloud, States, input, { name: name() });
    expect(status).to.equal('FAILED');
    return { error, cause };
  };
  const pass = (Output: unknown, rest: object = {}) => ({ Type: 'Pass', Output, End: true, ...rest });
  const invoke = (rest: object = {}) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
    End: true,
    ...rest,
  });

  describe('expressions', () => {
    it('can be anywhere in a field, and give plain JSON', async () => {
      const output = await outputOf(
        {
          A: pass({
            list: '{% $states.input.items[price > 1].name %}',
            one: '{% $states.input.items[price > 2].name %}',
            nested: [{ sum: '{% $sum($states.input.items.price) %}' }, 'plain', 1, null],
            literal: '{ % no expression % }',
          }),
        },
        { items: [1, 2, 3].map((price) => ({ name: `n${price}`, price })) },
      );
      expect(output).to.deep.equal({
        list: ['n2', 'n3'],
        one: 'n3',
        nested: [{ sum: 6 }, 'plain', 1, null],
        literal: '{ % no expression % }',
      });
    });

    it('see arrays of variables as they are, not as sequences', async () => {
      const output = await outputOf({
        A: { Type: 'Pass', Assign: { list: '{% [[1], [2]][$count($) > 0] %}', one: '{% [7] %}' }, Next: 'B' },
        B: pass({ list: '{% $list %}', one: '{% $one %}', count: '{% $count($list) %}' }),
      });
      expect(output).to.deep.equal({ list: [[1], [2]], one: [7], count: 2 });
    });

    it('have the functions that Step Functions adds', async () => {
      const output = await outputOf({
        A: pass({
          partition: '{% $partition([1,2,3,4,5], 2) %}',
          range: '{% $range(0, 10, 5) %}',
          hash: "{% $hash('a', 'MD5') %}",
          random: '{% $random() < 1 and $random(7) = $random(7) %}',
          uuid: '{% $length($uuid()) %}',
          parse: '{% $parse(\'{"a":[1]}\').a %}',
        }),
      });
      expect(output).to.deep.equal({
        partition: [[1, 2], [3, 4], [5]],
        range: [0, 5, 10],
        hash: '0cc175b9c0f1b6a831c399e269772661',
        random: true,
        uuid: 36,
        parse: [1],
      });
    });

    it('that give nothing, a value that is not JSON or an error fail the execution, with their place', async () => {
      const cases: [string, RegExp][] = [
        ['{% $states.input.nothing %}', /'\$states\.input\.nothing'.* 'Output\/x' returned nothing/],
        ['{% $sum %}', /not JSON/],
        ["{% 1 + 'a' %}", /threw an error during evaluation\. T2002/],
        ["{% $eval('1') %}", /threw an error during evaluation\. T1006: Attempted to invoke a non-function/],
      ];
      for (const [x, reason] of cases) {
        const { error, cause } = await failureOf({ A: pass({ x }) });
        expect(error).to.equal('States.QueryEvaluationError');
        expect(cause)
          .to.match(reason)
          .and.match(/^An error occurred while executing the state 'A'/);
      }
    });

    it('see the context object', async () => {
      const machine = await createMachine(cloud, { A: pass('{% $states.context %}') });
      const arn = await start(cloud, machine, { a: 1 }, 'first');
      const context = JSON.parse((await ended(cloud, arn)).output ?? '');
      expect(context.Execution).to.include({ Id: arn, Name: 'first', RoleArn: ROLE, RedriveCount: 0 });
      expect(context.Execution.Input).to.deep.equal({ a: 1 });
      expect(new Date(context.Execution.StartTime).toISOString()).to.equal(context.Execution.StartTime);
      expect(context.State).to.include({ Name: 'A' });
      expect(context.StateMachine).to.deep.equal({ Id: machine, Name: 'machine' });
    });
  });

  it('assigns variables after a state, from their values before it', async () => {
    const output = await outputOf({
      A: { Type: 'Pass', Assign: { x: 1, y: 10 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Output: '{% $x %}', Next: 'C' },
      C: pass({ x: '{% $x %}', y: '{% $y %}', input: '{% $states.input %}' }),
    });
    expect(output).to.deep.equal({ x: 10, y: 1, input: 1 });
  });

  it('chooses the first rule that holds, or the default', async () => {
    const states = {
      Choose: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.n > 1 %}', Assign: { size: 'big' }, Output: 'of rule', Next: 'End' },
          { Condition: '{% $states.input.n = 1 %}', Assign: { size: 'one' }, Next: 'End' },
        ],
        Default: 'End',
        Assign: { size: 'small' },
        Output: 'of default',
      },
      End: pass('{% [$size, $states.input] %}'),
    };
    expect(await outputOf(states, { n: 2 })).to.deep.equal(['big', 'of rule']);
    expect(await outputOf(states, { n: 1 })).to.deep.equal(['one', { n: 1 }]);
    expect(await outputOf(states, { n: 0 })).to.deep.equal(['small', 'of default']);
    const { Default: _, ...without } = states.Choose;
    const { error } = await failureOf({ ...states, Choose: without }, { n: 0 });
    expect(error).to.equal('States.NoChoiceMatched');
    const text = [{ Condition: '{% $states.input.n %}', Next: 'End' }];
    const { cause } = await failureOf({ ...states, Choose: { Type: 'Choice', Choices: text } }, { n: 'x' });
    expect(cause).to.contain("'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean'");
  });

  it('waits for seconds and until a time', async () => {
    const output = await outputOf(
      {
        A: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', Next: 'B' },
        B: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', Output: 'waited', End: true },
      },
      { seconds: 1 },
    );
    expect(output).to.equal('waited');
    const { error } = await failureOf({ A: { Type: 'Wait', Seconds: "{% 'a' %}", End: true } });
    expect(error).to.equal('States.QueryEvaluationError');
  });

  it('fails with the error and cause that a Fail state computes', async () => {
    const failure = await failureOf(
      { A: { Type: 'Fail', Error: '{% $states.input.e %}', Cause: "{% 'because ' & $states.input.c %}" } },
      { e: 'Custom', c: 'of you' },
    );
    expect(failure).to.deep.equal({ error: 'Custom', cause: 'because of you' });
  });

  it('ends an execution that runs longer than it may', async () => {
    const { status } = await run(
      cloud,
      { A: { Type: 'Wait', Seconds: 60, End: true } },
      {},
      { TimeoutSeconds: 1 },
    );
    expect(status).to.equal('TIMED_OUT');
  });

  it('lets no output exceed 256 KiB', async () => {
    const { error } = await failureOf({ A: pass("{% $pad('', 262145, 'x') %}") });
    expect(error).to.equal('States.DataLimitExceeded');
  });

  it('ends an execution at 25,000 events', async () => {
    const { error, cause } = await failureOf({
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Pass', Next: 'A' },
    });
    expect([error, cause]).to.deep.equal([
      'States.Runtime',
      'The execution reached the maximum number of history events (25000).',
    ]);
  });

  describe('functions', () => {
    it('give their result together with the data of the call', async () => {
      call = (payload) => ({ got: payload });
      const result = await outputOf({ A: invoke({ Output: '{% $states.result %}' }) }, { a: 1 });
      expect(result).to.deep.include({
        ExecutedVersion: '$LATEST',
        StatusCode: 200,
        Payload: { got: { a: 1 } },
      });
    });

    it('fail with the names of their own errors and of the API’s', async () => {
      const failed = async (thrown: Error) => {
        call = () => {
          throw thrown;
        };
        return failureOf({ A: invoke() });
      };
      const own = await failed(Object.assign(new Error('no'), { name: 'Mine' }));
      expect(own.error).to.equal('Mine');
      expect(JSON.parse(own.cause ?? '')).to.include({ errorType: 'Mine', errorMessage: 'no' });
      const cases = [
        ['TooManyRequestsException', 429, 'Lambda.TooManyRequestsException'],
        ['ServiceException', 500, 'Lambda.ServiceException'],
        ['AccessDeniedException', 403, 'Lambda.AWSLambdaException'],
      ] as const;
      for (const [code, status, error] of cases) {
        expect((await failed(new ServiceError(code, 'no', status))).error).to.equal(error);
      }
      const Arguments = { FunctionName: 'none', Payload: {} };
      expect((await failureOf({ A: invoke({ Arguments }) })).error).to.equal(
        'Lambda.ResourceNotFoundException',
      );
    });

    it('time out', async () => {
      call = () => new Promise((resolve) => setTimeout(resolve, 3_000).unref());
      expect((await failureOf({ A: invoke({ TimeoutSeconds: 1 }) })).error).to.equal('States.Timeout');
    });

    it('are recorded in the history', async () => {
      call = () => 'x';
      const { executionArn = '' } = await run(cloud, { A: invoke() }, {}, { name: name() });
      const events = await historyOf(cloud, executionArn);
      expect(events.map(({ type }) => type)).to.deep.equal([
        'ExecutionStarted',
        'TaskStateEntered',
        'TaskScheduled',
        'TaskStarted',
        'TaskSucceeded',
        'TaskStateExited',
        'ExecutionSucceeded',
      ]);
      expect(events[2]?.taskScheduledEventDetails).to.include({ resourceType: 'lambda', resource: 'invoke' });
      expect(events.map(({ id }) => id)).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
      expect(events.map(({ previousEventId }) => previousEventId)).to.deep.equal([0, 0, 2, 3, 4, 5, 6]);
    });
  });

  describe('errors', () => {
    const fail = (errorName: string) =>
      Object.assign(new Error(`${errorName} happened`), { name: errorName });
    const throwing = (errors: string[]) => {
      const calls: unknown[] = [];
      call = (payload) => {
        calls.push(payload);
        const next = errors.shift();
        if (next) throw fail(next);
        return 'done';
      };
      return calls;
    };

    it('are retried as the first retrier that names them says', async () => {
      const Retry = [
        { ErrorEquals: ['Once'], IntervalSeconds: 1, MaxAttempts: 1 },
        { ErrorEquals: ['Never'], MaxAttempts: 0 },
        {
          ErrorEquals: ['States.ALL'],
          IntervalSeconds: 1,
          BackoffRate: 1,
          MaxAttempts: 1,
          JitterStrategy: 'FULL',
        },
      ];
      const state = invoke({
        Retry,
        Arguments: { FunctionName: 'f', Payload: '{% $states.context.State.RetryCount %}' },
      });
      const calls = throwing(['Once', 'Other']);
      expect(await outputOf({ A: state })).to.equal('done');
      expect(calls).to.deep.equal([0, 1, 2]);
      throwing(['Never']);
      expect((await failureOf({ A: state })).error).to.equal('Never');
      throwing(['Once', 'Once']);
      expect((await failureOf({ A: state })).error).to.equal('Once');
    });

    it('wait longer from retry to retry, up to a limit, and with jitter for a part of it', () => {
      const delays = (retrier: object, error = 'E') => {
        const attempts = new Map();
        const retriers = [{ ErrorEquals: ['E'], ...retrier }];
        return Array.from({ length: 5 }, () => retryDelay(retriers, error, attempts));
      };
      expect(delays({})).to.deep.equal([1_000, 2_000, 4_000, undefined, undefined]);
      const limited = { IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 4 };
      expect(delays(limited)).to.deep.equal([2_000, 6_000, 10_000, 10_000, undefined]);
      expect(delays({}, 'Other')[0]).to.equal(undefined);
      const jittered = delays({ ...limited, JitterStrategy: 'FULL' }).slice(0, 4) as number[];
      for (const [index, most] of [2_000, 6_000, 10_000, 10_000].entries()) {
        expect(jittered[index]).to.be.within(0, most);
      }
      expect(new Set(jittered).size).to.equal(4);
    });

    it('are caught by name, with $states.errorOutput', async () => {
      const Catch = [
        { ErrorEquals: ['A'], Output: '{% $states.errorOutput.Error %}', Next: 'End' },
        {
          ErrorEquals: ['States.TaskFailed'],
          Assign: { e: '{% $states.errorOutput %}' },
          Output: '{% $states.input %}',
          Next: 'Assigned',
        },
      ];
      const states = {
        Try: invoke({ Catch }),
        End: { Type: 'Succeed' },
        Assigned: { Type: 'Succeed', Output: '{% [$e.Error, $states.input] %}' },
      };
      throwing(['A']);
      expect(await outputOf(states, 1)).to.equal('A');
      throwing(['B']);
      expect(await outputOf(states, 1)).to.deep.equal(['B', 1]);
      throwing(['C']);
      const bare = { ...states, Try: invoke({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'End' }] }) };
      expect(await outputOf(bare)).to.have.property('Error', 'C');
    });

    it('of evaluation can be caught, an output that is too large cannot', async () => {
      call = (payload) => payload;
      const caught = (ErrorEquals: string[], Output: string) => ({
        Try: invoke({ Output, Catch: [{ ErrorEquals, Next: 'End' }] }),
        End: { Type: 'Succeed', Output: 'caught' },
      });
      expect(await outputOf(caught(['States.ALL'], '{% $nothing %}'))).to.equal('caught');
      expect(await outputOf(caught(['States.QueryEvaluationError'], '{% $nothing %}'))).to.equal('caught');
      const large = "{% $pad('', 262145, 'x') %}";
      expect((await failureOf(caught(['States.ALL'], large))).error).to.equal('States.DataLimitExceeded');
    });

    it('of workers are retried and caught in the same way, also heartbeats by either name', async () => {
      const activity = await createActivity(cloud);
      const machine = await createMachine(cloud, {
        Work: {
          Type: 'Task',
          Resource: activity,
          HeartbeatSeconds: 1,
          Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: ['Tired'], Next: 'End' }],
          End: true,
        },
        End: { Type: 'Succeed' },
      });
      const arn = await start(cloud, machine);
      await takeTask(cloud, activity);
      const { token } = await takeTask(cloud, activity);
      await cloud.sfn.send(new SendTaskFailureCommand({ taskToken: token, error: 'Tired', cause: 'late' }));
      expect((await ended(cloud, arn)).output).to.equal('{"Error":"Tired","Cause":"late"}');
      const again = await start(cloud, machine);
      const second = await takeTask(cloud, activity);
      await cloud.sfn.send(new SendTaskSuccessCommand({ taskToken: second.token, output: '5' }));
      expect((await ended(cloud, again)).output).to.equal('5');
    });
  });

  describe('definitions', () => {
    const end = { Type: 'Pass', End: true };
    const validate = async (definition: object | string) => {
      const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
      const { result, diagnostics } = await cloud.sfn.send(
        new ValidateStateMachineDefinitionCommand({ definition: text }),
      );
      expect(result).to.equal(diagnostics?.length ? 'FAIL' : 'OK');
      return diagnostics?.map(({ code, location, message }) => ({ code, location, message })) ?? [];
    };
    const jsonata = (States: object) => ({ QueryLanguage: 'JSONata', StartAt: 'A', States });

    it('in JSONPath are refused with an error that names them', async () => {
      const [finding] = await validate({ StartAt: 'A', States: { A: end } });
      expect(finding?.message).to.contain("QueryLanguage 'JSONPath' is not supported");
      expect(finding?.location).to.equal('/States/A/QueryLanguage');
      expect(
        await validate({ StartAt: 'A', States: { A: { ...end, QueryLanguage: 'JSONata' } } }),
      ).to.deep.equal([]);
    });

    it('with a part that is wrong or not supported are refused with its place', async () => {
      const map = (fields: object) => ({
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'B',
          States: { B: end },
        },
        End: true,
        ...fields,
      });
      const cases: [object, string, RegExp][] = [
        [{ A: { ...end, Parameters: {} } }, '/States/A/Parameters', /'Parameters' is not supported/],
        [{ A: { Type: 'Parallel', Branches: [], End: true } }, '/States/A/Type', /Type must be one of/],
        [{ A: { Type: 'Pass' } }, '/States/A', /exactly one of 'Next' and 'End'/],
        [{ A: { Type: 'Pass', Next: 'Z' } }, '/States/A/Next', /Missing 'Next' target: Z/],
        [{ A: { ...end, Output: '{% 1 + %}' } }, '/States/A/Output', /S0207/],
        [
          { A: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true } },
          '/States/A/Resource',
          /sqs/,
        ],
        [{ A: { Type: 'Wait', End: true } }, '/States/A', /exactly one of 'Seconds' and 'Timestamp'/],
        [
          {
            A: map({
              ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'B', States: { B: end } },
            }),
          },
          '/States/A/ItemProcessor/ProcessorConfig/Mode',
          /DISTRIBUTED.*INLINE/,
        ],
        [{ A: map({}), B: end }, '/States/B', /Duplicate State name: B/],
        [{ A: map({ MaxConcurrency: 'ten' }) }, '/States/A/MaxConcurrency', /integer.*"ten"/],
        [
          {
            A: map({
              ItemReader: {
                Resource: 'arn:aws:states:::s3:getObject',
                ReaderConfig: { InputType: 'PARQUET' },
              },
            }),
          },
          '/States/A/ItemReader/ReaderConfig/InputType',
          /PARQUET/,
        ],
        [{ A: map({ ItemBatcher: {} }) }, '/States/A/ItemBatcher', /'MaxItemsPerBatch'/],
        [{ A: { ...end, Retry: [] } }, '/States/A/Retry', /not supported/],
        [
          { A: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'A', Variable: '$.x' }] } },
          '/States/A/Choices[0]/Variable',
          /not supported/,
        ],
      ];
      for (const [states, location, message] of cases) {
        const findings = await validate(jsonata(states));
        expect(findings.map((finding) => finding.location)).to.include(location);
        expect(findings.map((finding) => finding.message).join()).to.match(message);
      }
      expect((await validate('{'))[0]?.code).to.equal('INVALID_JSON_DESCRIPTION');
    });

    it('are refused at creation as well', async () => {
      const definition = JSON.stringify(jsonata({ A: { ...end, InputPath: '$' } }));
      const create = new CreateStateMachineCommand({ name: 'bad', definition, roleArn: ROLE });
      const error = await cloud.sfn.send(create).catch((reason: Error) => reason);
      expect(error).to.include({ name: 'InvalidDefinition' });
      expect((error as Error).message)
        .to.contain("'InputPath'")
        .and.contain('/States/A/InputPath');
    });
  });
});
