/** The purpose of each state of asl/workflow.asl.json. */
import { expect } from 'chai';
import { PROVISIONING_ERRORS, SELECTION_ERRORS } from '../../runtime/errors';
import { catcherOf, DEFINITION, evaluate, MAPS, retriesOf, STATES, type State, stateOf } from './asl';

interface Validation {
  isValid: boolean;
  errorsText(separator?: string): string;
}
// The package has no type declarations.
const validate = require('asl-validator') as (definition: object) => Validation;

const EXECUTION = {
  Id: 'arn:aws:states:us-east-1:123456789012:execution:batch-processor:run-1',
  Name: 'run-1',
  StartTime: '2026-11-26T10:00:00Z',
  RedriveCount: 0,
};
const INPUT = { worker_count: 3, prefix: 'data/' };
const FLEET = { needed: 3, desired: 3, running: 1, ready: true, reason: '', next_call_seconds: 8 };

/** The calls of the workflow that are retried. */
const CALLS = ['Select', 'Provision', 'CountObjects', 'Deprovision'];

/** The next state after a Choice state, given the variables. */
async function choose(state: State, variables: Record<string, unknown>, input: unknown = INPUT) {
  for (const { Condition, Next } of state.Choices) {
    if (await evaluate(Condition, { input }, variables)) return Next;
  }
  return state.Default;
}

describe('the workflow', () => {
  it('is valid Amazon States Language, with JSONata', () => {
    const { isValid, errorsText } = validate(structuredClone(DEFINITION));
    expect(isValid, errorsText('\n')).to.equal(true);
    expect(DEFINITION.QueryLanguage).to.equal('JSONata');
  });

  it('validates before anything else, and starts nothing for bad input', async () => {
    expect(DEFINITION.StartAt).to.equal('ValidateInput');
    for (const { Next } of stateOf('ValidateInput').Choices) expect(Next).to.equal('InvalidInput');
    expect(stateOf('ValidateInput').Default).to.equal('AcceptInput');
    const { Type, Error: name, Cause } = stateOf('InvalidInput');
    expect({ Type, name }).to.deep.equal({ Type: 'Fail', name: 'InvalidInput' });
    expect(await evaluate(Cause, {}, { problem: 'worker_count is missing' })).to.equal(
      'worker_count is missing',
    );
  });

  it('ends an execution that takes too long', () => {
    expect(DEFINITION.TimeoutSeconds).to.equal(86_400);
  });

  it('gives the optional fields of the input their defaults', async () => {
    const assigned = (input: object) => evaluate(stateOf('AcceptInput').Assign, { input });
    expect(await assigned(INPUT)).to.deep.equal({
      worker_count: 3,
      bucket: 'bucket',
      tolerated_failure_percentage: 10,
      batch_size: 1,
      force: false,
      processor: 'checksum',
      parameters: {},
      output_prefix: 'processed/',
      source: 'prefix',
      selection: { next_call: 0, selected_at: null },
      failure: null,
      item_counts: null,
    });
    expect(
      await assigned({
        worker_count: 5,
        manifest: { Key: 'm' },
        tolerated_failure_percentage: 2,
        batch_size: 50,
        force: true,
      }),
    ).to.deep.include({
      worker_count: 5,
      tolerated_failure_percentage: 2,
      batch_size: 50,
      force: true,
      source: 'selection',
    });
    expect(await assigned({ worker_count: 1, objects: [{ Key: 'a' }] })).to.include({ source: 'objects' });
    for (const source of [{ objects: [{ Key: 'a' }] }, { prefix: '' }]) {
      for (const select of [{}, { match: '*.jpg' }])
        expect(await assigned({ worker_count: 1, ...source, select })).to.include({ source: 'selection' });
    }
  });

  it("puts the outputs of the deployment's processor and of another one below their prefixes, or below the prefix of the input", async () => {
    const outputs = async (input: object) =>
      ((await evaluate(stateOf('AcceptInput').Assign, { input: { ...INPUT, ...input } })) as State)
        .output_prefix;
    expect(await outputs({ processor: 'checksum' })).to.equal('processed/');
    expect(await outputs({ processor: 'gzip' })).to.equal('processed/gzip/');
    expect(await outputs({ output_prefix: 'processed/a/' })).to.equal('processed/a/');
    expect(await outputs({ processor: 'gzip', output_prefix: 'processed/' })).to.equal('processed/');
  });

  it("reads another bucket through the selector, puts its outputs below the bucket's name, and leaves a list to the map", async () => {
    const assigned = async (input: object) =>
      (await evaluate(stateOf('AcceptInput').Assign, { input: { worker_count: 1, ...input } })) as State;
    const other = { bucket: 'archive', source: 'selection', output_prefix: 'processed/archive/' };
    expect(await assigned({ prefix: 'a/', bucket: 'archive' })).to.include(other);
    expect(await assigned({ prefix: '', bucket: 'archive', processor: 'gzip' })).to.include({
      ...other,
      output_prefix: 'processed/gzip/archive/',
    });
    expect(
      await assigned({ objects: [{ Key: 'a' }], bucket: 'archive', output_prefix: 'processed/x/' }),
    ).to.include({ bucket: 'archive', source: 'objects', output_prefix: 'processed/x/archive/' });
    expect(await assigned({ prefix: 'a/', bucket: 'bucket' })).to.include({
      bucket: 'bucket',
      source: 'prefix',
      output_prefix: 'processed/',
    });
  });

  it('keeps the processor and its parameters', async () => {
    const given = { processor: 'gzip', parameters: { level: 9, list: [], deep: { a: null } } };
    expect(await evaluate(stateOf('AcceptInput').Assign, { input: { ...INPUT, ...given } })).to.deep.include(
      given,
    );
  });

  it('provisions, processes, counts, deprovisions and sums up, in this order', () => {
    const { AcceptInput, HowToRead, Provision, ProcessPrefix, CountObjects, Deprovision, Outcome } = STATES;
    expect(AcceptInput).to.include({ Type: 'Pass', Next: 'HowToRead' });
    expect(HowToRead).to.include({ Type: 'Choice', Default: 'Provision' });
    expect(Provision).to.include({ Type: 'Task', Next: 'WorkerRuns' });
    expect(ProcessPrefix).to.include({ Type: 'Map', Next: 'CountObjects' });
    expect(CountObjects).to.include({ Type: 'Task', Next: 'Deprovision' });
    expect(Deprovision).to.include({ Type: 'Task', Next: 'Outcome' });
    expect(Outcome?.Type).to.equal('Choice');
    expect(stateOf('Summarize').Type).to.equal('Succeed');
    expect(stateOf('Failed').Type).to.equal('Fail');
  });

  it('waits for as long as the provisioner says, varied so that executions do not call in step', async () => {
    const { Type, Seconds, Next } = stateOf('WaitForWorker');
    expect([Type, Next]).to.deep.equal(['Wait', 'Provision']);
    const waits = new Set<number>();
    for (let sample = 0; sample < 200; sample += 1)
      waits.add(Number(await evaluate(Seconds, {}, { fleet: FLEET })));
    // FLEET says 8. One of the five would be missing once in 100,000,000,000 times.
    expect([...waits].sort((a, b) => a - b)).to.deep.equal([6, 7, 8, 9, 10]);
  });

  it('waits until a worker runs, then maps over the source of the input', async () => {
    const next = (source: string, ready: boolean) =>
      choose(stateOf('WorkerRuns'), { source, fleet: { ...FLEET, ready }, selection: { done: true } });
    for (const [map, source] of Object.entries(MAPS)) {
      expect(await next(source, false)).to.equal('WaitForWorker');
      expect(await next(source, true)).to.equal(map);
    }
  });

  for (const [name, action] of [
    ['Provision', 'provision'],
    ['Deprovision', 'deprovision'],
  ] as const) {
    it(`asks the provisioner to ${action} for this execution, and keeps its answer`, async () => {
      const { Resource, Arguments, Assign } = stateOf(name);
      expect(Resource).to.equal('arn:aws:states:::lambda:invoke');
      const states = { context: { Execution: EXECUTION } };
      const processing = { processor: 'thumbnail', parameters: { widths: [256] } };
      const variables = { worker_count: 3, ...processing };
      const { FunctionName, Payload } = (await evaluate(Arguments, states, variables)) as State;
      expect(FunctionName).to.equal('arn:aws:lambda:us-east-1:123456789012:function:provisioner');
      expect(Payload).to.deep.equal({
        action,
        execution_arn: EXECUTION.Id,
        redrive_count: 0,
        worker_count: 3,
        ...(action === 'provision' && { ...processing, started_at: EXECUTION.StartTime }),
      });
      expect(await evaluate(Assign, { result: { StatusCode: 200, Payload: FLEET } })).to.deep.equal({
        fleet: FLEET,
      });
    });
  }

  it('counts the time to provision from the redrive, if there was one', async () => {
    const RedriveTime = '2026-11-27T10:00:00Z';
    const states = { context: { Execution: { ...EXECUTION, RedriveCount: 1, RedriveTime } } };
    const payloadOf = async (name: string) =>
      ((await evaluate(stateOf(name).Arguments, states)) as State).Payload;
    expect(await payloadOf('Provision')).to.include({ redrive_count: 1, started_at: RedriveTime });
    expect(await payloadOf('Deprovision')).to.include({ redrive_count: 1 });
  });

  it('takes an execution as never redriven if its context says nothing of redrives', async () => {
    const { RedriveCount: _, ...Execution } = EXECUTION;
    for (const name of ['Provision', 'Deprovision']) {
      const states = { context: { Execution } };
      const { Payload } = (await evaluate(stateOf(name).Arguments, states)) as State;
      expect(Payload, name).to.include({ redrive_count: 0 });
    }
  });

  it('keeps the input for the map, no matter what the provisioner answers', async () => {
    expect(await evaluate(stateOf('Provision').Output, { input: INPUT, result: {} })).to.equal(INPUT);
  });

  describe('with a selection', () => {
    const selection = { done: false, selected: 0, next_call: 1, manifest: { Key: 'manifests/run-1.jsonl' } };
    const source = 'selection';

    it('asks the selector before there is a worker, with what the input says', async () => {
      expect(await choose(stateOf('HowToRead'), { source })).to.equal('Select');
      const { Resource, Arguments, Assign, Output } = stateOf('Select');
      expect(Resource).to.equal('arn:aws:states:::lambda:invoke');
      const input = { worker_count: 3, objects: [{ Key: 'a' }], select: { limit: 1 } };
      const variables = {
        bucket: 'archive',
        processor: 'gzip',
        parameters: { level: 9 },
        output_prefix: 'processed/gzip/',
        force: false,
        selection: { next_call: 2 },
      };
      const states = { context: { Execution: EXECUTION }, input };
      for (const other of [{ prefix: 'a/' }, { manifest: { Key: 'm', format: 'csv' } }]) {
        const { Payload } = (await evaluate(Arguments, { ...states, input: other }, variables)) as State;
        expect(Payload).to.deep.include(other);
      }
      expect(await evaluate(Arguments, states, variables)).to.deep.equal({
        FunctionName: 'arn:aws:lambda:us-east-1:123456789012:function:selector',
        Payload: {
          objects: [{ Key: 'a' }],
          select: { limit: 1 },
          execution: 'run-1',
          started_at: EXECUTION.StartTime,
          bucket: 'archive',
          output_bucket: 'bucket',
          processor: 'gzip',
          parameters: { level: 9 },
          output_prefix: 'processed/gzip/',
          force: false,
          call: 2,
        },
      });
      const assigned = (await evaluate(Assign, { result: { Payload: selection } })) as State;
      const { selected_at, ...kept } = assigned.selection;
      expect(kept).to.deep.equal(selection);
      expect(Date.parse(selected_at)).to.be.greaterThan(0);
      expect(await evaluate(Output, { input })).to.equal(input);
    });

    it('starts workers at the first object, and no workers if the selection is empty', async () => {
      const next = (answer: object) =>
        choose(stateOf('Selected'), { selection: { ...selection, ...answer } });
      expect(await next({})).to.equal('Select');
      expect(await next({ selected: 1 })).to.equal('Provision');
      expect(await next({ selected: 1, done: true })).to.equal('Provision');
      expect(await next({ done: true })).to.equal('NothingSelected');
      const { Type, Output } = stateOf('NothingSelected');
      expect(Type).to.equal('Succeed');
      expect(await evaluate(Output, {}, { worker_count: 3, selection })).to.deep.equal({
        worker_count: 3,
        fleet: null,
        item_counts: null,
        map_run_arn: null,
        results: null,
        selection,
      });
    });

    it('goes on while workers boot, and processes when the list is complete', async () => {
      const next = (done: boolean, ready: boolean) =>
        choose(stateOf('WorkerRuns'), {
          source,
          selection: { ...selection, done },
          fleet: { ...FLEET, ready },
        });
      expect(await next(false, false)).to.equal('Select');
      expect(await next(false, true)).to.equal('Select');
      expect(await next(true, false)).to.equal('WaitForWorker');
      expect(await next(true, true)).to.equal('ProcessManifest');
    });

    it('counts the time to provision from the end of the selection, or from a later redrive', async () => {
      const startedAt = async (selected_at: string, RedriveTime?: string) => {
        const states = { context: { Execution: { ...EXECUTION, ...(RedriveTime && { RedriveTime }) } } };
        const variables = { selection: { ...selection, selected_at } };
        const { Payload } = (await evaluate(stateOf('Provision').Arguments, states, variables)) as State;
        return Payload.started_at;
      };
      const later = '2026-11-26T10:30:00.000Z';
      expect(await startedAt(later)).to.equal(later);
      expect(await startedAt(later, '2026-11-27T10:00:00Z')).to.equal('2026-11-27T10:00:00Z');
    });

    it("that the selector refuses ends the execution with the selector's message", async () => {
      const Cause = JSON.stringify({ errorType: 'x', errorMessage: 'Line 3 names no key', trace: [] });
      for (const error of SELECTION_ERRORS) {
        expect(retriesOf(stateOf('Select'), error).retries, error).to.equal(0);
        const catcher = catcherOf(stateOf('Select'), error);
        expect(catcher?.Next).to.equal('Deprovision');
        expect(await evaluate(catcher?.Assign, { errorOutput: { Error: error, Cause } })).to.deep.equal({
          failure: { Error: error, Cause: 'Line 3 names no key' },
        });
      }
    });
  });

  it('gives a call of a function more time than the function has', () => {
    for (const name of ['Provision', 'Deprovision']) expect(stateOf(name).TimeoutSeconds).to.equal(2 * 60);
    expect(stateOf('Select').TimeoutSeconds).to.equal(3 * 60);
  });

  it('retries a call that fails for about three minutes, spread so that executions do not retry in step', () => {
    for (const name of CALLS) {
      for (const error of ['Lambda.ServiceException', 'States.Timeout', 'Sfn.ThrottlingException']) {
        expect(retriesOf(stateOf(name), error), `${name} ${error}`).to.deep.equal({
          retries: 10,
          waits: [1, 2, 4, 8, 16, 30],
          total: 181,
          jitter: true,
        });
      }
    }
  });

  it('retries while Lambda throttles a call', () => {
    for (const name of ['Select', 'Provision']) {
      const { retries, waits, jitter } = retriesOf(stateOf(name), 'Lambda.TooManyRequestsException');
      expect({ retries, waits, jitter }, name).to.deep.equal({
        // The maximum that the language allows.
        retries: 99_999_999,
        waits: [1, 2, 4, 8, 16, 30],
        jitter: true,
      });
    }
  });

  it("takes the provisioner's own two errors as its answer, and does not retry them", () => {
    for (const error of PROVISIONING_ERRORS) {
      expect(retriesOf(stateOf('Provision'), error).retries, error).to.equal(0);
    }
    // Deprovision throws neither of them, so all its errors are worth a retry.
    for (const error of PROVISIONING_ERRORS) {
      expect(retriesOf(stateOf('Deprovision'), error).retries, error).to.equal(10);
    }
  });

  it('deprovisions and then fails with the original error', async () => {
    const errorOutput = { Error: 'States.ExceedToleratedFailureThreshold', Cause: 'too many' };
    for (const name of ['Select', 'Provision', ...Object.keys(MAPS)]) {
      for (const error of ['States.ALL', 'States.Timeout', errorOutput.Error]) {
        const catcher = catcherOf(stateOf(name), error);
        expect(catcher?.Next, name).to.equal('Deprovision');
        expect(await evaluate(catcher?.Assign, { errorOutput })).to.deep.equal({ failure: errorOutput });
      }
    }
    expect(await choose(stateOf('Outcome'), { failure: errorOutput })).to.equal('Failed');
    const { Error: name, Cause } = stateOf('Failed');
    expect(await evaluate({ name, Cause }, {}, { failure: errorOutput })).to.deep.equal({
      name: errorOutput.Error,
      Cause: errorOutput.Cause,
    });
    // A timeout has no cause.
    expect(await evaluate({ name, Cause }, {}, { failure: { Error: 'States.Timeout' } })).to.deep.equal({
      name: 'States.Timeout',
      Cause: '',
    });
    expect(await evaluate({ name, Cause }, {}, { failure: { Cause: 'why' } })).to.deep.equal({
      name: 'States.TaskFailed',
      Cause: 'why',
    });
    expect(await evaluate({ name, Cause }, {}, { failure: {} })).to.deep.equal({
      name: 'States.TaskFailed',
      Cause: '',
    });
  });

  it("takes only the provisioner's message from Lambda's answer, not its stack trace", async () => {
    const Cause = JSON.stringify({
      errorType: 'ProvisionTimeout',
      errorMessage: 'no capacity',
      trace: ['at x'],
    });
    for (const error of PROVISIONING_ERRORS) {
      const catcher = catcherOf(stateOf('Provision'), error);
      expect(catcher?.Next).to.equal('Deprovision');
      expect(await evaluate(catcher?.Assign, { errorOutput: { Error: error, Cause } }), error).to.deep.equal({
        failure: { Error: error, Cause: 'no capacity' },
      });
    }
  });

  it('does not fail an execution whose objects are processed, even if it cannot count them or scale in', () => {
    for (const error of ['States.Timeout', 'States.TaskFailed', 'Lambda.Unknown', 'Sfn.SfnException']) {
      const counting = catcherOf(stateOf('CountObjects'), error);
      expect(counting, error).to.include({ Next: 'Deprovision' });
      const scalingIn = catcherOf(stateOf('Deprovision'), error);
      expect(scalingIn, error).to.include({ Next: 'Outcome' });
      for (const catcher of [counting, scalingIn]) expect(catcher).not.to.have.property('Assign');
    }
  });

  it('counts the objects of its map run', async () => {
    const { Resource, Arguments, Assign } = stateOf('CountObjects');
    expect(Resource).to.equal('arn:aws:states:::aws-sdk:sfn:describeMapRun');
    expect(await evaluate(Arguments, {}, { map_run_arn: 'arn' })).to.deep.equal({ MapRunArn: 'arn' });
    const ItemCounts = { Total: 3, Succeeded: 3 };
    expect(await evaluate(Assign, { result: { ItemCounts } })).to.deep.equal({ item_counts: ItemCounts });
  });

  it('sums up workers, counts, and the place of the results, if nothing failed', async () => {
    expect(await choose(stateOf('Outcome'), { failure: null })).to.equal('Summarize');
    const variables = {
      worker_count: 3,
      fleet: FLEET,
      item_counts: { Total: 3 },
      map_run_arn: 'arn',
      results: { Bucket: 'bucket', Key: 'results/run-1/id/manifest.json' },
    };
    const { Output } = stateOf('Summarize');
    expect(
      await evaluate(Output, {}, { ...variables, source: 'prefix', selection: { next_call: 0 } }),
    ).to.deep.equal({ ...variables, selection: null });
    const selection = { done: true, selected: 3 };
    expect(await evaluate(Output, {}, { ...variables, source: 'selection', selection })).to.deep.equal({
      ...variables,
      selection,
    });
  });
});
