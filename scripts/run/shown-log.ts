/** The workers' log lines for people, as they come. */
import { WorkerLog, type WorkerLogOptions } from '../../client/worker-log';
import { formatLogLine } from './format-log-line';

/** Lines of one execution: those that name another one are left out, since executions share the fleet. */
export class ShownLog {
  private readonly log: WorkerLog;

  constructor(
    private readonly execution: string,
    options: WorkerLogOptions,
  ) {
    this.log = new WorkerLog(options);
  }

  /** The lines that have come since the last call. */
  async *read(): AsyncGenerator<string> {
    for await (const { message, timestamp } of this.log.read())
      yield* formatLogLine(message, timestamp, this.execution);
  }
}
