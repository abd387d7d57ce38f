/** The workers' log lines of a run for people, as they come. */

import { type LoggedLine, WorkerLog } from '../../client/follow/worker-log';
import { waitReasonOf } from '../../client/long-retry';
import type { Target } from '../target/target';
import { formatLogLine } from './format-log-line';

/** The local cloud holds no line back. On AWS the client knows how long CloudWatch Logs may. */
const DELAY_SECONDS = { local: 0, aws: undefined };
/** Clocks differ. */
const BEFORE_MILLISECONDS = 1000;

export interface ShownLine {
  /** As it was logged; undefined for the problem of a log that cannot be read. */
  line?: LoggedLine;
  /** For people: none for a line of another execution, since executions share the fleet. */
  texts: string[];
}

export class ShownLog {
  private log?: WorkerLog;

  /** `since`: milliseconds since the epoch, when the run began or when somebody began to look. */
  constructor(
    { kind, batch }: Pick<Target, 'kind' | 'batch'>,
    private readonly execution: string,
    since: number,
  ) {
    const { workerLogGroup: logGroupName } = batch.deployment;
    if (logGroupName === undefined) return;
    this.log = new WorkerLog({
      client: batch.clients.logs,
      logGroupName,
      since: since - BEFORE_MILLISECONDS,
      delaySeconds: DELAY_SECONDS[kind],
    });
  }

  /** The lines that have come since the last call. The run goes on without a log that cannot be read: the last line then says why. */
  async *read(): AsyncGenerator<ShownLine> {
    try {
      for await (const line of this.log?.read() ?? [])
        yield { line, texts: formatLogLine(line.message, line.timestamp, this.execution) };
    } catch (error) {
      // The next call may read it.
      if (waitReasonOf(error)) return;
      this.log = undefined;
      yield { texts: [`The workers' log cannot be read: ${(error as Error).message}`] };
    }
  }
}
