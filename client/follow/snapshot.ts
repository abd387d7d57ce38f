/** How far an execution is. */
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { DescribeMapRunCommand, type ExecutionStatus } from '@aws-sdk/client-sfn';
import { objectCounts } from '../../runtime/map-run';
import type { Connection } from '../deployment';
import { nameOfArn } from '../execution-name';
import { findLatestMapRun, readShortage } from './map-run';
import { type Tries, TryReader } from './tries';

/** The state of an execution at one moment. */
export interface Snapshot {
  phase: 'provisioning' | 'processing' | 'deprovisioning' | 'ended';
  /** As Step Functions names it: RUNNING, until the execution has ended SUCCEEDED, FAILED, TIMED_OUT or ABORTED. */
  status: ExecutionStatus;
  /** Seconds since the execution began, or was last redriven; after its end, the seconds that it took. */
  seconds: number;
  /**
   * Workers that run, and that are starting, of all executions on the fleet; undefined if the deployment was given without its
   * cluster, and after the end.
   */
  workersRunning?: number;
  workersStarting?: number;
  /** While no worker runs: why, in the service's own words, as the provisioner has found out. */
  shortage?: string;
  /** Objects read from the source so far, done (failed ones among them) and failed, as the Map Run counts them. */
  total: number;
  done: number;
  failed: number;
  /** Tasks that have ended, as the Map Run counts them. */
  tasksDone: number;
  /** What has failed, by error. Undefined if the deployment was given without the workers' log, or it cannot be read. */
  tries?: Tries;
  /** Seconds since the Map Run began; after its end, the seconds that it took. */
  processingSeconds: number;
}

/** Its status, its start and, if it has ended, its end. */
interface ExecutionTimes {
  status: ExecutionStatus;
  startedAt: Date;
  redrivenAt?: Date;
  endedAt?: Date;
}

/** A normal instance boots within this time: until then nobody asks why there is no worker. */
const USUAL_BOOT_SECONDS = 120;

/** Reads snapshots of one execution, whose Map Run it remembers. */
export class SnapshotReader {
  private mapRunArn: string | undefined;
  private tryReader: TryReader | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly executionArn: string,
  ) {}

  async read({ status, startedAt, redrivenAt, endedAt }: ExecutionTimes): Promise<Snapshot> {
    const ended = status !== 'RUNNING';
    const workers = ended ? {} : await this.countWorkers();
    const seconds = (Number(endedAt ?? Date.now()) - Number(redrivenAt ?? startedAt)) / 1000;
    this.mapRunArn ??= await findLatestMapRun(this.connection, this.executionArn);
    if (!this.mapRunArn) {
      const phase = ended ? 'ended' : 'provisioning';
      const shortage =
        ended || seconds < USUAL_BOOT_SECONDS
          ? undefined
          : await readShortage(this.connection, this.executionArn);
      const none = { total: 0, done: 0, failed: 0, tasksDone: 0, processingSeconds: 0 };
      return { phase, status, seconds, ...workers, shortage, ...none };
    }
    const { clients } = this.connection;
    const mapRun = await clients.sfn.send(new DescribeMapRunCommand({ mapRunArn: this.mapRunArn }));
    const { total, succeeded, failed } = objectCounts(mapRun.itemCounts);
    const tasks = mapRun.executionCounts;
    const end = mapRun.stopDate ?? new Date();
    return {
      phase: ended ? 'ended' : mapRun.status === 'RUNNING' ? 'processing' : 'deprovisioning',
      status,
      seconds,
      ...workers,
      total,
      done: succeeded + failed,
      failed,
      tasksDone: (tasks?.succeeded ?? 0) + (tasks?.failed ?? 0) + (tasks?.timedOut ?? 0),
      tries: await this.readTries(startedAt),
      processingSeconds: (end.getTime() - (mapRun.startDate ?? end).getTime()) / 1000,
    };
  }

  private async countWorkers(): Promise<Pick<Snapshot, 'workersRunning' | 'workersStarting'>> {
    const { clusterName: cluster, serviceName } = this.connection.deployment;
    if (!cluster || !serviceName) return {};
    const answer = await this.connection.clients.ecs.send(
      new DescribeServicesCommand({ cluster, services: [serviceName] }),
    );
    const { runningCount = 0, pendingCount = 0 } = answer.services?.[0] ?? {};
    return { workersRunning: runningCount, workersStarting: pendingCount };
  }

  private async readTries(startedAt: Date): Promise<Tries | undefined> {
    const { clients, deployment } = this.connection;
    const { workerLogGroup: logGroupName } = deployment;
    if (logGroupName === undefined) return undefined;
    this.tryReader ??= new TryReader(nameOfArn(this.executionArn), {
      client: clients.logs,
      logGroupName,
      since: Number(startedAt),
    });
    return this.tryReader.read();
  }
}
