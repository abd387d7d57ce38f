/** Plays a scenario on Step Functions, local or in an account, and returns it with the answers that it got. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as stepFunctions from '@aws-sdk/client-sfn';
import type { Call, Event, Scenario } from './scenario';
import { Tokens } from './tokens';

export interface Target {
  sfn: stepFunctions.SFNClient;
  s3: S3Client;
  /** Values of the tokens that are known in advance. */
  known: Record<'role arn' | 'region' | 'account' | 'bucket', string> & Record<string, string>;
  /** Pause between two polls, and the time after which no more changes are expected; in milliseconds. */
  interval: number;
  patience: number;
}

type Answer = Record<string, unknown>;

/** The tokens that the answers of an operation make known. */
const LEARNED: Record<string, (answer: Answer) => [token: string, value: unknown]> = {
  CreateStateMachine: ({ stateMachineArn }) => ['machine arn', stateMachineArn],
  CreateActivity: ({ activityArn }) => ['activity arn', activityArn],
  StartExecution: ({ executionArn }) => ['execution arn', executionArn],
  GetActivityTask: ({ taskToken }) => ['task token', taskToken],
  ListMapRuns: ({ mapRuns }) => ['map run arn', (mapRuns as { mapRunArn: string }[])[0]?.mapRunArn],
  ListExecutions: ({ executions }) => {
    const [first] = executions as { executionArn: string; mapRunArn?: string }[];
    return ['child arn', first?.mapRunArn && first.executionArn];
  },
};

const COMMANDS = new Map<string, unknown>(Object.entries(stepFunctions));

const PAYLOADS = ['definition', 'input', 'output'];

let plays = 0;

export async function play(scenario: Scenario, target: Target): Promise<Scenario> {
  const number = `${process.pid}-${plays++}`;
  const tokens = new Tokens({
    ...target.known,
    machine: `record-machine-${number}`,
    execution: `record-execution-${number}`,
    activity: `record-activity-${number}`,
  });
  const { machine, input, calls = [], history } = scenario;
  for (const [Key, Body] of Object.entries(scenario.files ?? {})) {
    await target.s3.send(new PutObjectCommand({ Bucket: target.known.bucket, Key, Body }));
  }
  try {
    if (machine !== undefined) await ask(create(machine), target, tokens);
    if (input !== undefined) await ask(start(input), target, tokens);
    const played: Call[] = [];
    for (const call of calls) played.push(await ask(call, target, tokens));
    return {
      ...scenario,
      ...(scenario.calls && { calls: played }),
      ...(history && { history: await historyOf(target, tokens) }),
    };
  } finally {
    for (const [call, member, token] of CLEAN_UP) {
      const arn = tokens.get(token);
      if (arn) await send({ call, input: { [member]: arn } }, target, tokens);
    }
    for (const Key of Object.keys(scenario.files ?? {})) {
      await target.s3.send(new DeleteObjectCommand({ Bucket: target.known.bucket, Key }));
    }
  }
}

const create = (definition: unknown) => ({
  call: 'CreateStateMachine',
  input: { name: '<machine>', roleArn: '<role arn>', definition },
});
const start = (input: unknown) => ({
  call: 'StartExecution',
  input: { stateMachineArn: '<machine arn>', name: '<execution>', input },
});
const CLEAN_UP = [
  ['DeleteStateMachine', 'stateMachineArn', 'machine arn'],
  ['DeleteActivity', 'activityArn', 'activity arn'],
] as const;

/** The call with the answer that it got. Rejects with an error that the scenario does not expect. */
async function ask(asked: Call, target: Target, tokens: Tokens): Promise<Call> {
  const { answer: _, error: __, ...call } = asked;
  // Keep only the members that the scenario compares.
  const isCompared = 'answer' in asked || 'error' in asked;
  const failed = (error: Error) => {
    if (!isCompared) throw error;
    return { error: { name: error.name, message: error.message } };
  };
  const deadline = Date.now() + target.patience;
  while (Date.now() < deadline) {
    const outcome = await send(call, target, tokens).then((answer) => ({ answer }), failed);
    if ('answer' in outcome) {
      const learned = LEARNED[call.call]?.(outcome.answer);
      if (learned) tokens.set(...learned);
    }
    const tokenized = tokens.tokenized(outcome) as object;
    if ('error' in outcome || has(outcome.answer, asked.until))
      return isCompared ? { ...call, ...tokenized } : call;
    await sleep(target.interval);
  }
  throw new Error(`${call.call} never gives what the scenario waits for`);
}

async function send({ call, input }: Call, { sfn }: Target, tokens: Tokens): Promise<Answer> {
  const Command = COMMANDS.get(`${call}Command`) as typeof stepFunctions.DescribeExecutionCommand;
  // A scenario has definitions, inputs and outputs as JSON values.
  const texts = Object.entries(tokens.filled(input)).map(([name, value]) => [
    name,
    PAYLOADS.includes(name) && typeof value !== 'string' ? JSON.stringify(value) : value,
  ]);
  const { $metadata: _, ...answer } = await sfn.send(new Command(Object.fromEntries(texts)));
  return answer as unknown as Answer;
}

/** Whether a value has the members of another, at any depth. */
function has(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return wanted === undefined || value === wanted;
  return Object.entries(wanted).every(([key, item]) => {
    const own = (value as Record<string, unknown> | undefined)?.[key];
    return own !== undefined && has(own, item);
  });
}

async function historyOf(target: Target, tokens: Tokens): Promise<Event[]> {
  const input = { executionArn: '<execution arn>' };
  const deadline = Date.now() + target.patience;
  while ((await send({ call: 'DescribeExecution', input }, target, tokens)).status === 'RUNNING') {
    if (Date.now() > deadline) throw new Error('The execution does not end');
    await sleep(target.interval);
  }
  const answer = await send(
    { call: 'GetExecutionHistory', input: { ...input, maxResults: 1_000 } },
    target,
    tokens,
  );
  return (answer.events as stepFunctions.HistoryEvent[]).map(
    (event) => tokens.tokenized(eventOf(event)) as Event,
  );
}

function eventOf({ id, previousEventId, type, ...rest }: stepFunctions.HistoryEvent): unknown[] {
  const [, details] =
    Object.entries(rest).find(([name, value]) => name.endsWith('EventDetails') && value) ?? [];
  if (!details) return [id, previousEventId, type];
  const members = Object.entries(details).filter(
    ([name]) => !/^(input|output|assignedVariables)Details$/.test(name),
  );
  return [id, previousEventId, type, Object.fromEntries(members)];
}
