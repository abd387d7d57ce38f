/** The functions of a stack, by their names, and the queue of asynchronous invocations. */
import { setTimeout as delay } from 'node:timers/promises';
import { ServiceError } from '../../core/service';
import type { Stack } from '../../core/stack/stack';
import { type FunctionOptions, LambdaFunction } from './function';

/** Name, ARN or partial ARN, with or without qualifier. API reference, Invoke. */
export const FUNCTION_NAME =
  /^(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d:)?(\d{12}:)?(function:)?(?<name>[\w-]+)(:(?<version>\$LATEST|[\w-]+))?$/;

export interface FunctionsOptions {
  /**
   * Seconds before the second and the third attempt of an asynchronous invocation that failed. Default: AWS's 60 and 120
   * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
   */
  asyncRetrySeconds?: number[];
  /** Names of functions that have an execution environment from the start. Default: none. */
  warmFunctions?: string[];
}

export class Functions {
  readonly all: readonly LambdaFunction[];
  private readonly closing = new AbortController();
  private readonly attemptDelays: number[];
  private readonly warmFunctions: string[];

  constructor(
    private readonly options: FunctionOptions,
    { asyncRetrySeconds = [60, 120], warmFunctions = [] }: FunctionsOptions,
  ) {
    const bootstrap = options.processes.compile('local/services/lambda/bootstrap.ts');
    this.attemptDelays = [0, ...asyncRetrySeconds];
    this.warmFunctions = warmFunctions;
    this.all = options.stack
      .resources('aws_lambda_function')
      .map(({ attributes }) => new LambdaFunction(attributes, bootstrap, options));
  }

  /** @param given name, ARN or partial ARN */
  look(given: string): LambdaFunction | undefined {
    return this.all.find(({ name, arn }) => {
      const [account] = arn.split(':').slice(4);
      const names = [name, arn, `function:${name}`, `${account}:function:${name}`];
      return names.includes(given.replace(/:\$LATEST$/, ''));
    });
  }

  /** Throws a ServiceError. @param qualifier that its message gives a name without one */
  find(given: string, qualifier?: string): LambdaFunction {
    const found = this.look(given);
    if (found) return found;
    const { account, region, partition } = this.options.stack.accountAndRegion;
    const { name, version = qualifier } = FUNCTION_NAME.exec(given)?.groups ?? {};
    const arn = [`arn:${partition}:lambda:${region}:${account}:function:${name}`, version];
    throw new ServiceError(
      'ResourceNotFoundException',
      `Function not found: ${arn.filter(Boolean).join(':')}`,
      404,
    );
  }

  /** Invokes it asynchronously: again when it fails. */
  queue(invoked: LambdaFunction, payload: Buffer): void {
    void this.attempt(invoked, payload);
  }

  private async attempt(invoked: LambdaFunction, payload: Buffer): Promise<void> {
    for (const seconds of this.attemptDelays) {
      const waited = await delay(seconds * 1000, true, { signal: this.closing.signal }).catch(() => false);
      if (!waited) return;
      const { failed } = await invoked.invoke(payload).catch(() => ({ failed: true }));
      if (!failed) return;
    }
  }

  /** Nobody waits for it: a function that cannot start says so when it is invoked. */
  start(): void {
    for (const each of this.all) if (this.warmFunctions.includes(each.name)) void each.warm().catch(() => {});
  }

  update(stack: Stack): void {
    for (const { attributes } of stack.resources('aws_lambda_function')) {
      this.all.find(({ arn }) => arn === attributes.arn)?.update(attributes, stack);
    }
  }

  close(): void {
    this.closing.abort();
    for (const each of this.all) each.close();
  }
}
