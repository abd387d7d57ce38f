/** What one check works with. At its end nothing of it runs, and nothing of it is stored. */
import { setTimeout as delay } from 'node:timers/promises';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import type { BatchProcessor, Execution, ExecutionDescription, ExecutionInput } from '../../../client';
import { newName } from '../../../client/execution-name';
import type { ProvisionerEvent } from '../../../runtime/contract';
import { FLEET_RECONCILED, parseLogLine } from '../../../runtime/log-lines';
import type { OutputName } from '../../../stacks/outputs';
import type { Target } from '../../target/target';
import { deleteBelow } from '../objects';

/** EventBridge, Lambda and CloudWatch Logs take some seconds each. */
const HEARD_SECONDS = 180;
const POLL_SECONDS = { local: 0.2, aws: 5 };

export class Trial {
  readonly batch: BatchProcessor;
  /** The prefix of the objects that the check names. No such objects exist. */
  readonly prefix: string;
  private readonly logs: CloudWatchLogsClient;
  private readonly started: Execution[] = [];

  constructor(
    private readonly target: Target,
    check: string,
    private readonly signal: AbortSignal,
  ) {
    this.batch = target.batch;
    this.prefix = `aws-checks/${newName(check)}/`;
    this.logs = new CloudWatchLogsClient(target.clientConfig);
  }

  output(name: OutputName): string {
    return String(this.target.outputs[name]);
  }

  /** Starts an execution, whatever its input. */
  async start(input: Omit<ExecutionInput, 'worker_count'>): Promise<Execution> {
    this.signal.throwIfAborted();
    const name = newName('aws-check');
    const execution = await this.batch.start({ worker_count: 1, ...input }, { name, check: false });
    this.started.push(execution);
    return execution;
  }

  async run(
    input: Omit<ExecutionInput, 'worker_count'>,
  ): Promise<ExecutionDescription & { execution: Execution }> {
    const execution = await this.start(input);
    return { ...(await execution.wait(this.waiting)), execution };
  }

  /** For `Execution.wait`. */
  get waiting() {
    return { signal: this.signal, intervalSeconds: this.target.kind === 'local' ? 0.1 : undefined };
  }

  /** Seconds until `look` finds something, and what that is; undefined if it finds nothing in time. */
  async wait<Found>(
    look: () => Promise<Found | undefined>,
    seconds = HEARD_SECONDS,
  ): Promise<{ found: Found; seconds: number } | undefined> {
    const since = Date.now();
    const waited = () => (Date.now() - since) / 1000;
    while (waited() < seconds) {
      this.signal.throwIfAborted();
      const found = await look();
      if (found !== undefined) return { found, seconds: Math.round(waited() * 10) / 10 };
      await delay(POLL_SECONDS[this.target.kind] * 1000);
    }
    return undefined;
  }

  /** The event of the execution that EventBridge told the provisioner: the provisioner logs each. */
  async heard(action: ProvisionerEvent['action'], { arn }: Execution, redriveCount = 0) {
    return this.wait(async () => {
      const startTime = Date.now() - HEARD_SECONDS * 2000;
      const logGroupName = this.output('provisioner_log_group');
      for await (const { events = [] } of paginateFilterLogEvents(
        { client: this.logs },
        { logGroupName, startTime },
      )) {
        for (const { message = '' } of events) {
          const { message: text, event } = parseLogLine(message);
          if (text !== FLEET_RECONCILED || !event || !('execution_arn' in event)) continue;
          // The workflow's own call has a number of workers.
          if ('worker_count' in event) continue;
          if (event.action === action && event.execution_arn === arn && event.redrive_count === redriveCount)
            return event;
        }
      }
      return undefined;
    });
  }

  /** Also after an interruption. */
  async close(): Promise<void> {
    const { clients, deployment } = this.batch;
    try {
      for (const execution of this.started) {
        await execution.stop('The check is over');
        await execution.wait({ intervalSeconds: this.waiting.intervalSeconds });
        // Step Functions writes the results of a run that was stopped after its end.
        await execution.results();
        for (const prefix of [deployment.resultsPrefix, deployment.manifestsPrefix]) {
          await deleteBelow(clients.s3, deployment.bucketName, `${prefix}${execution.name}/`);
        }
      }
    } finally {
      this.logs.destroy();
    }
  }
}
