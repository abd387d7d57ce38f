/** The dashboard: one row for the run, one for the workers, one for what goes wrong. */
import type { Metric, Metrics } from './metrics';

const WIDTH = 8;
const HEIGHT = 6;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export function dashboardBody(region: string, metrics: Metrics): object {
  const rows: [string, Metric[]][][] = [
    [
      [
        'Map progress (tasks)',
        [metrics.tasksScheduled, metrics.tasksStarted, metrics.tasksSucceeded, metrics.tasksFailed],
      ],
      ['Throughput (objects)', [metrics.objectsProcessed, metrics.objectsSkipped, metrics.objectsFailed]],
      ['Throughput (bytes)', [metrics.bytesIn, metrics.bytesOut]],
    ],
    [
      ['Instances', [metrics.desired, metrics.instances, metrics.idleInstances, metrics.stuckInstances]],
      ['Slots busy per worker', [metrics.slotsBusy]],
      ['Seconds per object', [metrics.secondsPerObject]],
    ],
    [
      [
        'Executions',
        [
          metrics.executionsStarted,
          metrics.executionsSucceeded,
          metrics.executionsFailed,
          metrics.executionsTimedOut,
          metrics.executionsAborted,
        ],
      ],
      [
        'Queue age (milliseconds), missed heartbeats',
        [metrics.queueAge, metrics.heartbeatsMissed, metrics.tasksTimedOut],
      ],
      ['Provisioner', [metrics.provisionerErrors, metrics.provisionerThrottles]],
    ],
  ];
  return {
    widgets: rows.flatMap((row, y) =>
      row.map(([title, shown], x) => ({
        type: 'metric',
        x: x * WIDTH,
        y: y * HEIGHT,
        width: WIDTH,
        height: HEIGHT,
        properties: {
          title,
          region,
          view: 'timeSeries',
          period: 60,
          metrics: shown.map((metric) => [
            metric.namespace,
            metric.name,
            ...Object.entries(metric.dimensions).flat(),
            { stat: metric.statistic },
          ]),
        },
      })),
    ),
  };
}
