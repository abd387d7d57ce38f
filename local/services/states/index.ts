/**
 * Step Functions: state machines in the Amazon States Language with JSONata, executions, Distributed Maps and
 * activities, behind the service's own API. It calls other services over HTTP with the state machine's role.
 */
import type { LocalService } from '../../core/local-service';
import type { OperationsService } from '../../core/service';
import { statesOperations } from './api';
import { TokenBuckets } from './api/quotas';
import { Engine, type EngineOptions } from './run/engine';

export interface StatesOptions extends EngineOptions {
  /** Holds the API to AWS's default token buckets, for every caller. Default false: it is never throttled. */
  apiQuotas?: boolean;
}

/** Source: Developer Guide, "Service quotas", Quotas related to accounts. */
const MAX_REQUEST_BYTES = 1_048_576;

export interface States extends LocalService {
  service: OperationsService;
  /** Stops all executions, waits until what they began has ended (results are written), and leaves no timer, socket or process. */
  close(): Promise<void>;
}

export function createStates({ apiQuotas, ...options }: StatesOptions): States {
  const engine = new Engine(options);
  const quotas = apiQuotas ? new TokenBuckets() : undefined;
  return {
    service: {
      name: 'states',
      protocol: 'json',
      operations: statesOperations(engine),
      maxRequestBytes: MAX_REQUEST_BYTES,
      isThrottled: (action) => quotas?.take(action) === false,
    },
    close: () => engine.close(),
  };
}
