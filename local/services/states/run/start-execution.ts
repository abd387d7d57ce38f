import type { Engine } from './engine';
import { Execution, type ExecutionOptions, type Host } from './execution';
import { interpret } from './interpreter';

/** Starts an execution; the maps in it start their children with the same host. */
export function startExecution(engine: Engine, options: ExecutionOptions): Execution {
  const host: Host = {
    interpret: (execution) => interpret(execution, engine),
    hasMachine: (stateMachineArn) => engine.hasMachine(stateMachineArn),
    running: (execution) => engine.running(execution),
    ended: (execution) => engine.ended(execution),
    announce: (execution) => engine.announce(execution),
    track: (work) => engine.track(work),
  };
  const execution = new Execution(host, options);
  execution.start();
  return execution;
}
