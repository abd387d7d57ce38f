/**
 * Step Functions: state machines in the Amazon States Language with JSONata, executions, Distributed Maps and
 * activities, behind the service's own API. It calls other services over HTTP with the state machine's role.
 */
import type { OperationsService } from '../../core/service';
import { activityOperations } from './api/activities';
import { executionOperations } from './api/executions';
import { mapRunOperations } from './api/map-runs';
import { authorized } from './api/operation';
import { stateMachineOperations } from './api/state-machines';
import { Engine, type StatesOptions } from './run/engine';

export type { PublishedEvent, StatesOptions } from './run/engine';

/** Source: Developer Guide, "Service quotas", Quotas related to accounts. */
const MAX_REQUEST_BYTES = 1_048_576;

export interface States {
  service: OperationsService;
  /** Stops all executions, waits until what they began has ended (results are written), and leaves no timer, socket or process. */
  close(): Promise<void>;
}

export function createStates(options: StatesOptions): States {
  const engine = new Engine(options);
  const operations = authorized({
    ...stateMachineOperations(engine),
    ...executionOperations(engine),
    ...mapRunOperations(engine),
    ...activityOperations(engine),
  });
  const service = {
    name: 'states',
    protocol: 'json',
    operations,
    maxRequestBytes: MAX_REQUEST_BYTES,
  } as const;
  return { service, close: () => engine.close() };
}
