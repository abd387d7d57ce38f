import type { FleetFacts } from '../runtime/cost/usage';
import type { Config } from './complete-config';

/** What times and costs of executions are reckoned from. */
export function fleetFacts({
  instanceTypes,
  spot,
  diskGiB,
  assignPublicIp,
  slotsPerWorker,
  slotObjectsInFlight: objectsInFlight,
  maxWorkers,
}: Config): FleetFacts {
  const [instanceType] = instanceTypes;
  return {
    instanceType,
    spot,
    diskGiB,
    publicIp: assignPublicIp,
    slotsPerWorker,
    objectsInFlight,
    maxWorkers,
  };
}
