/** Step Functions' API. */
import type { Operation } from '../../../core/service';
import type { Engine } from '../run/engine';
import { activityOperations } from './activities';
import { executionOperations } from './executions';
import { mapRunOperations } from './map-runs';
import { authorized } from './operation';
import { stateMachineOperations } from './state-machines';

export function statesOperations(engine: Engine): Record<string, Operation> {
  return authorized({
    ...stateMachineOperations(engine),
    ...executionOperations(engine),
    ...mapRunOperations(engine),
    ...activityOperations(engine),
  });
}
