/** The fleet's metrics, which the scheduled call writes. */
import type { FleetStatus } from '../contract';
import { FLEET_DIMENSION, FLEET_METRICS, metricLine } from '../metrics';

/** `group`: name of the Auto Scaling group. Writes nothing for a status that does not have them. */
export function writeFleetMetrics({ idle, stuck }: FleetStatus, group: string): void {
  if (idle === undefined || stuck === undefined) return;
  const values = { IdleInstances: idle, StuckInstances: stuck.length };
  const line = metricLine(FLEET_METRICS, { name: FLEET_DIMENSION, value: group }, values, Date.now());
  process.stdout.write(`${line}\n`);
}
