import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { expect } from 'chai';
import { failure } from '../../../support/failure';
import { until } from '../../../support/until';
import { bootFixture } from '../../support/fixture-stack';

describe('the functions', () => {
  let cloud: Awaited<ReturnType<typeof bootFixture>>;
  let lambda: LambdaClient;
  const lines: string[] = [];

  before(async () => {
    cloud = await bootFixture(
      { function: { timeout: 60, memory_size: 256 } },
      { onLog: (_group, _stream, line) => lines.push(line), asyncRetrySeconds: [0.05, 0.05] },
    );
    lambda = new LambdaClient(cloud.clientConfig);
  });
  after(() => cloud.close());

  const invoke = async (event: object, options: object = {}) => {
    const Payload = Buffer.from(JSON.stringify(event));
    const answer = await lambda.send(new InvokeCommand({ FunctionName: 'provisioner', Payload, ...options }));
    const text = Buffer.from(answer.Payload ?? []).toString();
    return { ...answer, result: text === '' ? undefined : JSON.parse(text) };
  };

  it('run with their environment and credentials, and stay warm', async () => {
    const first = await invoke({ a: 'ü' });
    expect(first.result).to.deep.include({ event: { a: 'ü' }, greeting: 'hello', remaining: true });
    expect(first.result.credentials.accessKeyId).to.match(/^ASIA/);
    expect(first.FunctionError).to.equal(undefined);
    const second = await invoke({});
    expect(second.result.pid).to.equal(first.result.pid);
    expect(second.result.invocations).to.equal(first.result.invocations + 1);
    expect(second.result.requestId).to.not.equal(first.result.requestId);
  });

  it('run side by side, each in a process of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'side-by-side-'));
    // Each function waits for the others.
    const run = `
      const { readdirSync, writeFileSync } = require('node:fs');
      writeFileSync(${JSON.stringify(folder)} + '/' + process.pid, '');
      return new Promise((resolve) => {
        const look = () => (readdirSync(${JSON.stringify(folder)}).length === 3 ? resolve(process.pid) : setTimeout(look, 10));
        look();
      });`;
    const results = await Promise.all([invoke({ run }), invoke({ run }), invoke({ run })]);
    expect(new Set(results.map(({ result }) => result)).size).to.equal(3);
    rmSync(folder, { recursive: true });
  });

  it('report errors as Lambda does', async () => {
    const failed = await invoke({ fail: 'because' });
    expect(failed.FunctionError).to.equal('Unhandled');
    expect(failed.result).to.deep.include({ errorType: 'CustomError', errorMessage: 'because' });
    expect(failed.result.trace).to.be.an('array');
    const exited = await invoke({ exit: 7 });
    expect(exited.result.errorType).to.equal('Runtime.ExitError');
    expect(exited.result.errorMessage).to.match(
      /^RequestId: \S+ Error: Runtime exited with error: exit status 7$/,
    );
    expect((await invoke({})).FunctionError).to.equal(undefined);
  });

  it('end at their timeout, and go on with the next event', async () => {
    const hasty = await bootFixture({ function: { timeout: 2 } });
    const client = new LambdaClient(hasty.clientConfig);
    const answer = async (event: object) => {
      const Payload = JSON.stringify(event);
      const told = await client.send(new InvokeCommand({ FunctionName: 'provisioner', Payload }));
      return JSON.parse(told.Payload?.transformToString() ?? '');
    };
    const late = await answer({ sleep: 3600 });
    expect(late.errorType).to.equal('Sandbox.Timedout');
    expect(late.errorMessage).to.match(/^RequestId: \S+ Error: Task timed out after 2.00 seconds$/);
    await until(async () => (await answer({})).invocations === 1, 'a new process answers');
    client.destroy();
    await hasty.close();
  });

  it('answer with at most 6 MB', async () => {
    const most = await invoke({ run: 'return "x".repeat(6291556 - 2)' });
    expect(most.result).to.have.length(6291556 - 2);
    for (const run of [
      'return "x".repeat(6291556 - 1)',
      'return "\\\\".repeat(3.3e6)',
      'throw Error("x".repeat(6.5e6))',
    ]) {
      const { result, FunctionError } = await invoke({ run });
      expect(FunctionError).to.equal('Unhandled');
      expect(result).to.deep.equal({
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      });
    }
    expect((await invoke({})).FunctionError).to.equal(undefined);
  });

  it('get invocations and answer them on a channel of their own, without a listening socket', async () => {
    const listening = () =>
      process.getActiveResourcesInfo().filter((each) => each === 'TCPServerWrap').length;
    const before = listening();
    await Promise.all([
      invoke({ sleep: 0.1 }),
      invoke({ sleep: 0.1 }),
      invoke({ sleep: 0.1 }),
      invoke({ sleep: 0.1 }),
    ]);
    expect(listening()).to.equal(before);
    const { result } = await invoke({
      run: `const { execFileSync } = require('node:child_process');
        const probe = 'if true >&4; then echo open; else echo closed; fi 2> /dev/null';
        return execFileSync('sh', ['-c', probe]).toString();`,
    });
    expect(result, 'of what a function starts').to.equal('closed\n');
  });

  it('survive what their own code writes to the channel', async () => {
    const forged = ['not JSON', 'null', '[]', '{"payload":1}', '{"requestId":"other","payload":"{}"}'];
    for (const line of [...forged, '']) {
      const { result } = await invoke({
        run: `require('node:fs').writeSync(4, ${JSON.stringify(`${line}\n`)}); return 'mine';`,
      });
      expect(result).to.equal('mine');
    }
  });

  it('are tried three times when an asynchronous invocation fails', async () => {
    const { StatusCode } = await invoke({ fail: 'async' }, { InvocationType: 'Event' });
    expect(StatusCode).to.equal(202);
    const attempts = () => lines.filter((line) => line.includes('event {"fail":"async"}')).length;
    await until(() => attempts() === 3, 'three attempts');
  });

  it('log what AWS logs, and return its end when asked', async () => {
    const { LogResult, result } = await invoke({ b: 1 }, { LogType: 'Tail' });
    const tail = Buffer.from(LogResult ?? '', 'base64').toString();
    expect(tail).to.contain(`START RequestId: ${result.requestId} Version: $LATEST`);
    expect(tail).to.match(/\tINFO\tevent \{"b":1\}/);
    expect(tail).to.match(
      /REPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB/,
    );
    const logs = new CloudWatchLogsClient(cloud.clientConfig);
    const filter = { logGroupName: '/aws/lambda/provisioner', filterPattern: `"${result.requestId}" INFO` };
    const { events } = await logs.send(new FilterLogEventsCommand(filter));
    expect(events).to.have.length(1);
    expect(events?.[0]?.logStreamName).to.match(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  });

  it('are described, and unknown ones are named in the error', async () => {
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'provisioner' }));
    expect(Configuration).to.deep.include({ FunctionName: 'provisioner', Timeout: 60, MemorySize: 256 });
    const list = (input: object) => lambda.send(new ListFunctionsCommand(input));
    const { Functions, NextMarker } = await list({ MaxItems: 1 });
    expect([Functions?.length, NextMarker]).to.deep.equal([1, undefined]);
    expect((await failure(list({ MaxItems: 0 }))).name).to.equal('ValidationException');
    expect((await failure(list({ Marker: 'x' }))).name).to.equal('InvalidParameterValueException');
    const error = await failure(lambda.send(new InvokeCommand({ FunctionName: 'nope' })));
    expect(error.name).to.equal('ResourceNotFoundException');
    expect(error.message).to.match(
      /^Function not found: arn:aws:lambda:[\w-]+:\d{12}:function:nope:\$LATEST$/,
    );
    const notJson = new InvokeCommand({ FunctionName: 'provisioner', Payload: Buffer.from('nope') });
    const { name, message } = await failure(lambda.send(notJson));
    expect(name).to.equal('InvalidRequestContentException');
    expect(message)
      .to.match(
        /^Could not parse request body into json: Could not parse payload into json: Unrecognized token 'nope'/,
      )
      .and.match(/\n at \[Source: \(byte\[\]\)"nope"; line: 1, column: 5\]$/);
  });
});
