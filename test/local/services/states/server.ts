/** A gateway with Step Functions, S3 on a temporary folder and functions of the test's own; and clients for them. */
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { S3Client } from '@aws-sdk/client-s3';
import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  type DescribeExecutionOutput,
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import * as z from 'zod';
import { startGateway } from '../../../../local/core/gateway';
import type { PublishedEvent } from '../../../../local/core/published-event';
import {
  HttpAnswer,
  type OperationsService,
  operation,
  type Service,
  ServiceError,
} from '../../../../local/core/service';
import { assertJson } from '../../../../local/services/lambda/payload';
import { createS3 } from '../../../../local/services/s3';
import { createStates, type StatesOptions } from '../../../../local/services/states';
import { ended } from '../../../support/execution';

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
export const BUCKET = 'bucket';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/workflow`;

/** A function's handler. An error that it throws is its FunctionError; a ServiceError is an error of the API. */
export type TestFunction = (payload: unknown) => unknown;

export interface StatesServer {
  sfn: SFNClient;
  s3: S3Client;
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Folder of the bucket. */
  folder: string;
  events: PublishedEvent[];
  /** The requests that have arrived, as `service:Action`. */
  arrived: string[];
  /** The requests that have an answer, or whose client has left. */
  requests: string[];
  close(): Promise<void>;
}

export async function startServer(
  options: Partial<StatesOptions> & { functions?: Record<string, TestFunction> } = {},
): Promise<StatesServer> {
  const folder = await mkdtemp(join(tmpdir(), 'states-test-'));
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  const events: PublishedEvent[] = [];
  const arrived: string[] = [];
  const requests: string[] = [];
  const services: Service[] = [];
  const s3 = createS3({ buckets: { [BUCKET]: { folder } }, region: REGION });
  const identity = {
    caller: { accessKeyId: credentials.accessKeyId, arn: `arn:aws:iam::${ACCOUNT}:user/local` },
    secretAccessKey: credentials.secretAccessKey,
  };
  const gateway = await startGateway({
    region: REGION,
    services,
    identities: { find: (id) => (id === credentials.accessKeyId ? identity : undefined) },
    intercept: ({ service, action }) => void arrived.push(`${service}:${action}`),
    onRequest: ({ service, action }) => requests.push(`${service}:${action}`),
  });
  const { endpoint } = gateway;
  const states = createStates({
    account: ACCOUNT,
    region: REGION,
    partition: 'aws',
    endpoint,
    credentialsFor: async () => credentials,
    publish: (event) => events.push(event),
    ...options,
  });
  services.push(states.service, s3, functionsService(options.functions ?? {}));
  // The client has as many sockets as a test has workers, and waits longer than the service holds a poll.
  const requestHandler = new NodeHttpHandler({ httpAgent: { maxSockets: 500 }, requestTimeout: 65_000 });
  const client = { endpoint, region: REGION, credentials, maxAttempts: 1 };
  const sfn = new SFNClient({ ...client, requestHandler });
  const s3Client = new S3Client({ ...client, forcePathStyle: true });
  return {
    sfn,
    s3: s3Client,
    endpoint,
    credentials,
    folder,
    events,
    arrived,
    requests,
    async close() {
      await states.close();
      sfn.destroy();
      s3Client.destroy();
      await gateway.close();
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function functionsService(functions: Record<string, TestFunction>): OperationsService {
  return {
    name: 'lambda',
    protocol: 'rest-json',
    operations: {
      Invoke: operation({
        http: {
          method: 'POST',
          path: '/2015-03-31/functions/{FunctionName}/invocations',
          headers: { LogType: 'x-amz-log-type' },
          payload: 'Payload',
        },
        input: z.object({
          FunctionName: z.string(),
          LogType: z.string().optional(),
          Payload: z.instanceof(Buffer),
        }),
        async run({ FunctionName, LogType, Payload }) {
          const name = FunctionName.split(':').at(-1) ?? '';
          const implementation = functions[name];
          if (!implementation) {
            const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}:$LATEST`;
            throw new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
          }
          const logged = LogType === 'Tail' && { 'x-amz-log-result': Buffer.from('END').toString('base64') };
          const answer = (value: unknown, headers = {}) =>
            new HttpAnswer(
              200,
              { 'x-amz-executed-version': '$LATEST', ...logged, ...headers },
              Buffer.from(JSON.stringify(value ?? null)),
            );
          if (Payload.length > 0) assertJson(Payload);
          try {
            return answer(await implementation(JSON.parse(Payload.toString() || '{}')));
          } catch (error) {
            if (error instanceof ServiceError) throw error;
            const { name, message } = error as Error;
            const failure = { errorType: name, errorMessage: message, trace: [] };
            return answer(failure, { 'x-amz-function-error': 'Unhandled' });
          }
        },
      }),
    },
  };
}

/** Creates an activity; returns its ARN. */
export async function createActivity({ sfn }: StatesServer, name = 'work'): Promise<string> {
  const { activityArn } = await sfn.send(new CreateActivityCommand({ name }));
  return activityArn ?? '';
}

/** Creates a state machine from states, and starts at the first; returns its ARN. */
export async function createMachine(
  { sfn }: StatesServer,
  States: Record<string, object>,
  { name = 'machine', ...rest }: { name?: string; TimeoutSeconds?: number } = {},
): Promise<string> {
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: Object.keys(States)[0],
    States,
    ...rest,
  });
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
  );
  return stateMachineArn ?? '';
}

export async function start(
  { sfn }: StatesServer,
  stateMachineArn: string,
  input: unknown = {},
  name?: string,
): Promise<string> {
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
  );
  return executionArn ?? '';
}

/** Creates a state machine, runs it once and returns the outcome of the execution. */
export async function run(
  cloud: StatesServer,
  States: Record<string, object>,
  input: unknown = {},
  options: { name?: string; TimeoutSeconds?: number } = {},
): Promise<DescribeExecutionOutput> {
  return ended(cloud, await start(cloud, await createMachine(cloud, States, options), input));
}

/** The name of the error that a request ends with; `accepted` if it ends with none. */
export function errorName(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => 'accepted',
    (error: Error) => error.name,
  );
}

export async function historyOf({ sfn }: StatesServer, executionArn: string): Promise<HistoryEvent[]> {
  const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }));
  return events;
}

export interface WorkerTask {
  token: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of its own tasks.
  input: any;
}

/** Waits for the next task of an activity. */
export async function takeTask(
  { sfn }: StatesServer,
  activityArn: string,
  workerName?: string,
): Promise<WorkerTask> {
  const { taskToken, input } = await sfn.send(new GetActivityTaskCommand({ activityArn, workerName }));
  if (!taskToken) throw new Error('The poll ended without a task');
  return { token: taskToken, input: JSON.parse(input ?? 'null') };
}

/** Workers that take tasks until stopped. */
export interface Workers {
  stop(): Promise<void>;
}

/** Starts workers. Each takes one task after the other. */
export function startWorkers(
  { sfn }: StatesServer,
  activityArn: string,
  count: number,
  work: (task: WorkerTask) => Promise<unknown>,
): Workers {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const loop = async (workerName: string) => {
    while (!stop.signal.aborted) {
      try {
        const { taskToken, input } = await sfn.send(new GetActivityTaskCommand({ activityArn, workerName }), {
          abortSignal: stop.signal,
        });
        if (taskToken) await work({ token: taskToken, input: JSON.parse(input ?? 'null') });
      } catch (error) {
        // The task was taken away meanwhile: a worker stops working on it.
        if (!stop.signal.aborted && (error as Error).name !== 'TaskTimedOut') throw error;
      }
    }
  };
  const loops = Array.from({ length: count }, (_, index) => loop(`worker-${index}`));
  return {
    async stop() {
      stop.abort();
      await Promise.all(loops);
    },
  };
}
