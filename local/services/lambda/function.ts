/** A Lambda function: as many execution environments as invocations at a time, kept warm for the next ones. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { LocalCloudError } from '../../core/errors';
import type { Core } from '../../core/local-service';
import type { Attributes, Stack } from '../../core/stack/stack';
import type { Logs } from '../logs';
import { ExecutionEnvironment, type InvocationResult } from './environment';
import { unzip } from './unzip';

export interface FunctionOptions extends Pick<Core, 'stack' | 'endpoint' | 'identities' | 'processes'> {
  logs: Logs;
}

export class LambdaFunction {
  readonly name: string;
  readonly arn: string;
  private current: Attributes;
  private stack: Stack;
  private readonly idle: ExecutionEnvironment[] = [];
  private readonly busy = new Set<ExecutionEnvironment>();
  private codeFolder: string | undefined;

  constructor(
    attributes: Attributes,
    /** The compiled one. */
    private readonly bootstrap: string,
    private readonly options: FunctionOptions,
  ) {
    this.current = attributes;
    this.stack = options.stack;
    this.name = attributes.function_name;
    this.arn = attributes.arn;
  }

  /** With the provider's defaults. */
  get attributes(): Attributes {
    return { timeout: 3, memory_size: 128, ...this.current };
  }

  get logGroup(): string {
    return [this.current.logging_config].flat()[0]?.log_group ?? `/aws/lambda/${this.name}`;
  }

  /** New code, or another configuration: the next invocations have it, and those that run end as they began. */
  update(attributes: Attributes, stack: Stack): void {
    this.current = attributes;
    this.stack = stack;
    this.codeFolder = undefined;
    for (const environment of [...this.idle, ...this.busy]) environment.retire();
  }

  /** Starts an execution environment before an invocation needs it, as provisioned concurrency does. */
  async warm(): Promise<void> {
    const environment = await this.create();
    this.idle.push(environment);
    await environment.warm();
  }

  /** Rejects only if the function's role or code cannot be had. */
  async invoke(payload: Buffer): Promise<InvocationResult> {
    const environment = this.takeIdle() ?? (await this.create());
    this.busy.add(environment);
    const result = await environment.invoke(payload);
    this.busy.delete(environment);
    this.idle.push(environment);
    return result;
  }

  close(): void {
    for (const environment of [...this.idle, ...this.busy]) environment.close();
  }

  private takeIdle(): ExecutionEnvironment | undefined {
    for (let environment = this.idle.pop(); environment; environment = this.idle.pop()) {
      if (environment.isUsable) return environment;
      environment.close();
    }
    return undefined;
  }

  private async create(): Promise<ExecutionEnvironment> {
    const { attributes, name, arn: functionArn, logGroup, bootstrap } = this;
    const { stack } = this;
    const { endpoint, identities, processes, logs } = this.options;
    const assumer = { service: 'lambda.amazonaws.com', sourceArn: functionArn, session: name };
    const credentials = await identities.credentialsFor(attributes.role, assumer);
    this.codeFolder ??= unpack(stack.path(attributes.filename), processes.makeFolder('function-'));
    const today = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const stream = `${today}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
    return new ExecutionEnvironment({
      processes,
      bootstrap,
      codeFolder: this.codeFolder,
      functionArn,
      timeoutSeconds: attributes.timeout,
      memoryMiB: attributes.memory_size,
      renewAt: credentials.expiration.getTime() - identities.refreshMilliseconds,
      log: (message) => logs.write(logGroup, stream, message),
      // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
      variables: {
        LANG: 'en_US.UTF-8',
        TZ: ':UTC',
        ...[attributes.environment].flat()[0]?.variables,
        AWS_REGION: stack.accountAndRegion.region,
        AWS_DEFAULT_REGION: stack.accountAndRegion.region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_ENDPOINT_URL: endpoint,
        AWS_EXECUTION_ENV: `AWS_Lambda_${attributes.runtime}`,
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(attributes.memory_size),
        AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
        AWS_LAMBDA_LOG_STREAM_NAME: stream,
        AWS_LAMBDA_LOG_FORMAT: [attributes.logging_config].flat()[0]?.log_format ?? 'Text',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        LAMBDA_TASK_ROOT: this.codeFolder,
        _HANDLER: attributes.handler,
      },
    });
  }
}

/** The folder with the code; an archive is unpacked into `target`. */
function unpack(code: string, target: string): string {
  try {
    if (statSync(code).isDirectory()) return code;
    for (const [name, bytes] of unzip(readFileSync(code))) {
      const file = resolve(target, name);
      if (!file.startsWith(target + sep) || name.endsWith('/')) continue;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    return target;
  } catch (error) {
    throw new LocalCloudError(`The code of a function, ${code}, cannot be read: ${(error as Error).message}`);
  }
}
