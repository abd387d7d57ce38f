/** The target of a run: AWS or the local cloud. */
import type { BatchProcessor, ClientConfig } from '../../client';
import type { InjectedFaults } from '../local/fault-options';

export interface Target {
  kind: 'aws' | 'local';
  batch: BatchProcessor;
  /** Outputs of the stack. */
  outputs: Record<string, unknown>;
  /** For further clients of the AWS SDK. */
  clientConfig: ClientConfig;
  /** Of a local cloud: the folders of the buckets beside its own, by name. */
  bucketFolders?: Record<string, string>;
  /** Of a local cloud that was kept up: whether it runs the code as it is now. */
  isCurrent?(): boolean;
  /** Counts of injected faults; only with `--fault`. */
  faults?(): InjectedFaults;
  /** Ends everything that was started for this run. */
  close(): Promise<void>;
}
