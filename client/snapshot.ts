/** How far an execution is. */
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { DescribeMapRunCommand, type ExecutionStatus } from '@aws-sdk/client-sfn';
import type { Connection } from './deployment';
import { findLatestMapRun } from './map-run';

/** One look at an execution. */
export interface Snapshot {
  phase: 'provisioning' | 'processing' | 'deprovisioning' | 'ended';
  /** As Step Functions names it: RUNNING, until the execution has ended SUCCEEDED, FAILED, TIMED_OUT or ABORTED. */
  status: ExecutionStatus;
  /**
   * Workers that run, of all executions on the fleet; undefined where the deployment was given without its cluster, and
   * after the end.
   */
  workersRunning?: number;
  /** Objects read from the source so far, done (failed ones among them) and failed, as the Map Run counts them. */
  total: number;
  done: number;
  failed: number;
  /** Seconds since the Map Run began; after its end, the seconds that it took. */
  processingSeconds: number;
}

/** Reads snapshots of one execution, whose Map Run it remembers. */
export class SnapshotReader {
  private mapRunArn: string | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly executionArn: string,
  ) {}

  async read(status: ExecutionStatus): Promise<Snapshot> {
    const { clients } = this.connection;
    const ended = status !== 'RUNNING';
    const workersRunning = ended ? undefined : await this.countWorkers();
    this.mapRunArn ??= await findLatestMapRun(this.connection, this.executionArn);
    if (!this.mapRunArn) {
      const phase = ended ? 'ended' : 'provisioning';
      return { phase, status, workersRunning, total: 0, done: 0, failed: 0, processingSeconds: 0 };
    }
    const mapRun = await clients.sfn.send(new DescribeMapRunCommand({ mapRunArn: this.mapRunArn }));
    const { total = 0, succeeded = 0, failed = 0, timedOut = 0 } = mapRun.itemCounts ?? {};
    const end = mapRun.stopDate ?? new Date();
    return {
      phase: ended ? 'ended' : mapRun.status === 'RUNNING' ? 'processing' : 'deprovisioning',
      status,
      workersRunning,
      total,
      done: succeeded + failed + timedOut,
      failed: failed + timedOut,
      processingSeconds: (end.getTime() - (mapRun.startDate ?? end).getTime()) / 1000,
    };
  }

  private async countWorkers(): Promise<number | undefined> {
    const { clusterName: cluster, serviceName } = this.connection.deployment;
    if (!cluster || !serviceName) return undefined;
    const answer = await this.connection.clients.ecs.send(
      new DescribeServicesCommand({ cluster, services: [serviceName] }),
    );
    return answer.services?.[0]?.runningCount ?? 0;
  }
}
