/** CloudWatch Logs: the stack's log groups, in memory. */
import type { Core, LocalService } from '../../core/local-service';
import { LogStore } from './log-store';
import { logsService } from './operations';

export interface LogsOptions {
  /** Sees every line that workers and functions log, each message to an SNS topic, and each start by a schedule. */
  onLog?(group: string, stream: string, message: string): void;
}

/** What other services write to. */
export type Logs = Pick<LogStore, 'addGroup' | 'write'>;

export function createLogs({ stack }: Pick<Core, 'stack'>, { onLog }: LogsOptions): LocalService & Logs {
  const store = new LogStore(onLog);
  for (const { attributes } of stack.resources('aws_cloudwatch_log_group')) {
    store.addGroup(attributes.name, attributes.arn, attributes.retention_in_days);
  }
  return {
    service: logsService(store),
    fixed: ['aws_cloudwatch_log_group'],
    addGroup: (name, arn, retentionInDays) => store.addGroup(name, arn, retentionInDays),
    write: (group, stream, message) => store.write(group, stream, message),
  };
}
