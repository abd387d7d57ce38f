/** A worker in a folder with the content of its image, and a local cloud that gives it tasks, without the fleet of the stack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ObjectResult, Task } from '../../runtime/contract';
import { INTERRUPTED_ERROR } from '../../runtime/errors';
import { resourceOf, type Synthesized, synthesize } from '../stacks/synthesize';
import { TestCloud } from '../support/cloud';
import { until } from '../support/until';

export interface Container {
  /** Working directory. */
  folder: string;
  command: string[];
  environment: Record<string, string>;
  user?: { uid?: number; gid?: number };
}

export class WorkerInCloud {
  private constructor(
    readonly cloud: TestCloud,
    private readonly stack: Synthesized,
    private readonly stateMachineArn: string,
    /** Resolves when a worker has reported on a task, and after a second in any case. */
    private readonly reported: () => Promise<unknown>,
  ) {}

  /** The workers that were started; the last one runs. */
  private readonly workers: ChildProcess[] = [];

  static async start(): Promise<WorkerInCloud> {
    const stack = synthesize();
    const reports = new EventEmitter().setMaxListeners(0);
    const cloud = await TestCloud.start(stack.stackFolder, {
      onRequest: ({ action }) => {
        if (/^SendTask(Success|Failure)$/.test(action)) reports.emit('report');
      },
    });
    const { sfn } = cloud.clients;
    const { roleArn } = await sfn.send(
      new DescribeStateMachineCommand({ stateMachineArn: cloud.deployment.stateMachineArn }),
    );
    const Resource = String(cloud.cloud.outputs.activity_arn);
    const definition = JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'Task',
      States: {
        Task: {
          Type: 'Task',
          Resource,
          TimeoutSeconds: 3_600,
          // A worker hands a task back if no slot gets free soon.
          Retry: [
            { ErrorEquals: [INTERRUPTED_ERROR], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 1_000 },
          ],
          End: true,
        },
      },
    });
    const created = await sfn.send(new CreateStateMachineCommand({ name: 'one-task', roleArn, definition }));
    const reported = () => Promise.race([once(reports, 'report'), delay(1_000)]);
    return new WorkerInCloud(cloud, stack, created.stateMachineArn ?? '', reported);
  }

  /** Starts the worker as ECS would: with the image's command and user, and the environment of the task definition. */
  run({ folder, command, environment, user }: Container): void {
    const [container] = JSON.parse(
      resourceOf(this.stack, 'aws_ecs_task_definition.worker').container_definitions,
    );
    const variables: { name: string; value: string }[] = container.environment;
    const [program = '', ...args] = command;
    const worker = spawn(program, args, {
      ...user,
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        ...environment,
        ...Object.fromEntries(variables.map(({ name, value }) => [name, value])),
        ...this.cloud.cloud.environment,
        ACTIVITY_ARN: String(this.cloud.cloud.outputs.activity_arn),
      },
      stdio: 'ignore',
    });
    this.workers.push(worker);
  }

  /** Sends SIGTERM; resolves with the exit code and the signal. */
  async stop(): Promise<unknown[]> {
    const worker = this.workers.at(-1);
    if (!worker) throw new Error('no worker runs');
    const ended = once(worker, 'exit');
    worker.kill('SIGTERM');
    return ended;
  }

  /** The output of a processor for an object. Throws an Error with the task's own error. */
  async process(processor: string, key: string): Promise<ObjectResult> {
    const { sfn } = this.cloud.clients;
    const task: Task = {
      bucket: this.cloud.deployment.bucketName,
      output_bucket: this.cloud.deployment.bucketName,
      objects: [{ Key: key }],
      execution: 'by-hand',
      attempt: 1,
      output_prefix: `processed/${processor}/`,
      force: true,
      processor,
      parameters: {},
      deaths: 0,
    };
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: this.stateMachineArn, input: JSON.stringify(task) }),
    );
    // The test tries twenty processors at a time. If all of them looked all the time, they would take more time than the worker.
    const {
      status,
      output = '',
      error,
      cause,
    } = await until(async () => {
      const described = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (described.status !== 'RUNNING') return described;
      await this.reported();
    }, `${processor} is done`);
    if (status !== 'SUCCEEDED') throw new Error(`${processor}: ${error}: ${cause}`);
    const [result] = JSON.parse(output);
    return result;
  }

  async close(): Promise<void> {
    for (const worker of this.workers) worker.kill('SIGKILL');
    await this.cloud.close();
    this.stack.remove();
  }
}
