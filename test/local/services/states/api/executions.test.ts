import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { ended } from '../../../../support/execution';
import { until } from '../../../../support/until';
import {
  createMachine,
  errorName,
  historyOf,
  ROLE,
  run,
  type StatesServer,
  start,
  startServer,
} from '../server';

const WAIT = { Wait: { Type: 'Wait', Seconds: 60, End: true } };
const PASS = { Pass: { Type: 'Pass', End: true } };

describe('executions', () => {
  let cloud: StatesServer;

  beforeEach(async () => {
    cloud = await startServer();
  });
  afterEach(() => cloud.close());

  it('are started once for a name and an input', async () => {
    const machine = await createMachine(cloud, WAIT);
    const arn = await start(cloud, machine, { a: 1 }, 'first');
    expect(arn).to.equal(machine.replace('stateMachine', 'execution').concat(':first'));
    expect(await start(cloud, machine, { a: 1 }, 'first')).to.equal(arn);
    expect(await errorName(start(cloud, machine, { a: 2 }, 'first'))).to.equal('ExecutionAlreadyExists');
    await cloud.sfn.send(new StopExecutionCommand({ executionArn: arn }));
    expect(await errorName(start(cloud, machine, { a: 1 }, 'first'))).to.equal('ExecutionAlreadyExists');
  });

  it('are refused for a bad name, input or state machine', async () => {
    const machine = await createMachine(cloud, PASS);
    const begin = (input: object) =>
      errorName(cloud.sfn.send(new StartExecutionCommand({ stateMachineArn: machine, ...input })));
    expect(await begin({ name: 'a b' })).to.equal('InvalidName');
    expect(await begin({ name: 'x'.repeat(81) })).to.equal('ValidationException');
    expect(await begin({ input: '{' })).to.equal('InvalidExecutionInput');
    expect(await begin({ input: '['.repeat(1_001) + ']'.repeat(1_001) })).to.equal('InvalidExecutionInput');
    expect(await begin({ input: JSON.stringify('x'.repeat(262_143)) })).to.equal('ValidationException');
    expect(await begin({ input: JSON.stringify('x'.repeat(262_142)) })).to.equal('accepted');
    expect(await begin({ stateMachineArn: `${machine}x` })).to.equal('StateMachineDoesNotExist');
    expect(await begin({ stateMachineArn: 'machine' })).to.equal('InvalidArn');
    expect(await begin({ stateMachineArn: undefined })).to.equal('ValidationException');
    expect(await begin({ input: ' '.repeat(1_048_576) })).to.equal('RequestEntityTooLargeException');
  });

  it('are listed with filters and in pages, the newest first', async () => {
    const machine = await createMachine(cloud, WAIT);
    const arns: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) arns.unshift(await start(cloud, machine, {}, name));
    await cloud.sfn.send(new StopExecutionCommand({ executionArn: arns[0] }));
    const list = (input: object) =>
      cloud.sfn.send(new ListExecutionsCommand({ stateMachineArn: machine, ...input }));
    const names = async (input: object) => (await list(input)).executions?.map(({ name }) => name);
    expect(await names({})).to.deep.equal(['e', 'd', 'c', 'b', 'a']);
    expect(await names({ statusFilter: 'ABORTED' })).to.deep.equal(['e']);
    expect(await names({ statusFilter: 'SUCCEEDED' })).to.deep.equal([]);
    const first = await list({ maxResults: 2, statusFilter: 'RUNNING' });
    expect(first.executions?.map(({ name }) => name)).to.deep.equal(['d', 'c']);
    // Executions that end meanwhile move nothing out of the pages that follow.
    await cloud.sfn.send(new StopExecutionCommand({ executionArn: arns[1] }));
    const { nextToken } = first;
    expect(await names({ maxResults: 2, statusFilter: 'RUNNING', nextToken })).to.deep.equal(['b', 'a']);
    // An execution that has ended counts from its end.
    const { stopDate } = await cloud.sfn.send(new StopExecutionCommand({ executionArn: arns[1] }));
    await until(() => Date.now() > Number(stopDate), 'the next millisecond');
    await cloud.sfn.send(new StopExecutionCommand({ executionArn: arns[4] }));
    expect((await names({}))?.[0]).to.equal('a');
    expect(await errorName(list({ nextToken: 'x!' }))).to.equal('InvalidToken');
    const refused = [
      { maxResults: 1_001 },
      { redriveFilter: 'REDRIVEN' },
      { statusFilter: 'PENDING_REDRIVE' },
      { mapRunArn: machine.replace('stateMachine', 'mapRun') },
      { stateMachineArn: undefined },
    ];
    for (const input of refused) expect(await errorName(list(input))).to.equal('ValidationException');
  });

  it('emit events at their start and their end', async () => {
    const { executionArn } = await run(cloud, PASS, { a: 1 });
    expect(cloud.events.map(({ detail }) => detail.status)).to.deep.equal(['RUNNING', 'SUCCEEDED']);
    const [, event] = cloud.events;
    expect(event).to.include({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
    });
    expect(event?.resources).to.deep.equal([executionArn]);
    expect(event?.detail).to.include({ executionArn, input: '{"a":1}', output: '{"a":1}', error: null });
    expect(event?.detail.inputDetails).to.deep.equal({ included: true });
    expect(event?.detail.stopDate).to.be.a('number');
  });

  it('have a history, in pages and from the end', async () => {
    const { executionArn } = await run(cloud, PASS);
    const history = (input: object) =>
      cloud.sfn.send(new GetExecutionHistoryCommand({ executionArn, ...input }));
    const { events = [], nextToken } = await history({ maxResults: 3 });
    expect(events.map(({ type }) => type)).to.deep.equal([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
    ]);
    expect(events[0]?.timestamp).to.be.an.instanceOf(Date);
    expect((await history({ nextToken })).events?.map(({ type }) => type)).to.deep.equal([
      'ExecutionSucceeded',
    ]);
    const reverse = await history({ reverseOrder: true, maxResults: 3 });
    expect(reverse.events?.map(({ id }) => id)).to.deep.equal([4, 3, 2]);
    const rest = await history({ reverseOrder: true, nextToken: reverse.nextToken });
    expect(rest.events?.map(({ id }) => id)).to.deep.equal([1]);
    expect(events[0]?.executionStartedEventDetails).to.include({ input: '{}', roleArn: ROLE });
    expect(events[1]?.stateEnteredEventDetails).to.deep.equal({
      name: 'Pass',
      input: '{}',
      inputDetails: { truncated: false },
    });
    const bare = await history({ includeExecutionData: false });
    expect(bare.events?.[0]?.executionStartedEventDetails).to.deep.equal({ roleArn: ROLE });
    expect(await errorName(history({ executionArn: `${executionArn}x` }))).to.equal('ExecutionDoesNotExist');
  });

  it('are redriven from the state that failed, unless they succeeded', async () => {
    const redrive = (executionArn?: string) => cloud.sfn.send(new RedriveExecutionCommand({ executionArn }));
    const machine = await createMachine(cloud, {
      Set: { Type: 'Pass', Assign: { x: 7 }, Next: 'Wait' },
      Wait: {
        Type: 'Wait',
        Seconds: '{% $states.context.Execution.RedriveCount = 0 ? 60 : 0 %}',
        Next: 'End',
      },
      End: { Type: 'Succeed', Output: '{% $x %}' },
    });
    const arn = await start(cloud, machine);
    expect(await errorName(redrive(arn))).to.equal('ExecutionNotRedrivable');
    await cloud.sfn.send(new StopExecutionCommand({ executionArn: arn }));
    expect(await ended(cloud, arn)).to.include({ status: 'ABORTED', redriveStatus: 'REDRIVABLE' });
    const again = new RedriveExecutionCommand({ executionArn: arn, clientToken: 'the same' });
    const { redriveDate } = await cloud.sfn.send(again);
    expect((await cloud.sfn.send(again)).redriveDate).to.deep.equal(redriveDate);
    expect(await ended(cloud, arn)).to.include({ status: 'SUCCEEDED', output: '7', redriveCount: 1 });
    const types = (await historyOf(cloud, arn)).map(({ type }) => type);
    expect(types.filter((type) => type === 'WaitStateEntered')).to.have.length(1);
    expect(types).to.include('ExecutionRedriven');
    expect(await errorName(redrive(arn))).to.equal('ExecutionNotRedrivable');
  });

  it('are not redriven once their state machine is deleted', async () => {
    const stateMachineArn = await createMachine(cloud, WAIT);
    const executionArn = await start(cloud, stateMachineArn);
    await cloud.sfn.send(new DeleteStateMachineCommand({ stateMachineArn }));
    expect(await ended(cloud, executionArn)).to.include({
      status: 'ABORTED',
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'State machine is in DELETING status',
    });
    const redrive = cloud.sfn.send(new RedriveExecutionCommand({ executionArn }));
    expect(await errorName(redrive)).to.equal('ExecutionNotRedrivable');
  });

  it('belong to a state machine that is created once, with any role', async () => {
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Pass', States: PASS });
    const create = (input: object) =>
      cloud.sfn.send(new CreateStateMachineCommand({ name: 'one', definition, roleArn: ROLE, ...input }));
    const { stateMachineArn } = await create({});
    expect((await create({ roleArn: `${ROLE}-2` })).stateMachineArn).to.equal(stateMachineArn);
    const described = await cloud.sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described.roleArn).to.equal(ROLE);
    expect(await errorName(create({ definition: `${definition} ` }))).to.equal('StateMachineAlreadyExists');
    expect(await errorName(create({ name: 'two', type: 'EXPRESS' }))).to.equal(
      'StateMachineTypeNotSupported',
    );
    const unknown = cloud.sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn: 'x' }));
    expect(await unknown.catch(({ message }) => message)).to.contain('DescribeStateMachineForExecution');
  });

  it('keep the definition that they started with', async () => {
    const machine = await createMachine(cloud, WAIT);
    const arn = await start(cloud, machine);
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Pass', States: PASS });
    await cloud.sfn.send(new UpdateStateMachineCommand({ stateMachineArn: machine, definition }));
    const described = await cloud.sfn.send(new DescribeStateMachineCommand({ stateMachineArn: machine }));
    expect(described).to.include({
      definition,
      status: 'ACTIVE',
      roleArn: ROLE,
      name: 'machine',
      type: 'STANDARD',
    });
    expect((await ended(cloud, await start(cloud, machine))).status).to.equal('SUCCEEDED');
    const { stateMachines } = await cloud.sfn.send(new ListStateMachinesCommand());
    expect(stateMachines?.map(({ stateMachineArn }) => stateMachineArn)).to.deep.equal([machine]);
    await cloud.sfn.send(new DeleteStateMachineCommand({ stateMachineArn: machine }));
    expect((await ended(cloud, arn)).status).to.equal('ABORTED');
    expect(await errorName(start(cloud, machine))).to.equal('StateMachineDoesNotExist');
  });
});
