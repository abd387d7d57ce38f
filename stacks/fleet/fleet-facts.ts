import type { FleetFacts } from '../../runtime/cost/usage';
import type { Config } from '../settings/complete-config';

/** The facts from which times and costs of executions are computed. */
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
