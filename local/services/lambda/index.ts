/** AWS Lambda: the stack's functions, each in processes of its own. */
import type { Core, LocalService } from '../../core/local-service';
import type { Logs } from '../logs';
import { Functions, type FunctionsOptions } from './functions';
import { lambdaService } from './operations';

export type LambdaOptions = FunctionsOptions;

/** What other services call. */
export interface Lambda {
  /** Queues an asynchronous invocation, as EventBridge does. Throws a ServiceError. */
  invokeAsync(functionArn: string, payload: Buffer): void;
}

export function createLambda(core: Core, logs: Logs, options: LambdaOptions): LocalService & Lambda {
  const functions = new Functions({ ...core, logs }, options);
  return {
    service: lambdaService(functions),
    invokeAsync: (functionArn, payload) => functions.queue(functions.find(functionArn), payload),
    start: () => functions.start(),
    update: (stack) => functions.update(stack),
    close: () => functions.close(),
  };
}
