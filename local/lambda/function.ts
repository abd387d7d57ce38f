/** A Lambda function: as many execution environments as invocations at a time, kept warm for the next ones. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { unzipSync } from 'fflate';
import { LocalCloudError } from '../errors';
import type { StackIdentities } from '../iam/identities';
import type { LogStore } from '../logs/log-store';
import type { Processes } from '../processes/processes';
import type { Attributes } from '../stack/stack';
import { ExecutionEnvironment, type InvocationResult } from './environment';

export interface FunctionOptions {
  attributes: Attributes;
  region: string;
  /** The synthesized `filename`: a ZIP archive or a folder. */
  code: string;
  endpoint(): string;
  identities: StackIdentities;
  processes: Processes;
  /** The compiled bootstrap. */
  bootstrap: string;
  logs: LogStore;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const RUNTIME_VARIABLES = {
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
};
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MIB = 128;
/** The log of an invocation that Invoke returns: its last 4 KB. */
const TAIL_BYTES = 4096;

interface Slot {
  environment: ExecutionEnvironment;
  stream: string;
  /** Milliseconds since the epoch; its credentials are of no use after that. */
  renewAt: number;
  lines: string[];
}

export interface Invocation extends InvocationResult {
  /** The end of its log. */
  log: string;
}

export class LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly lastModified = new Date();
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly logGroup: string;
  private readonly idle: Slot[] = [];
  private readonly busy = new Set<Slot>();
  private codeFolder: string | undefined;

  constructor(readonly options: FunctionOptions) {
    const { attributes } = options;
    this.name = attributes.function_name;
    this.arn = attributes.arn;
    this.timeoutSeconds = attributes.timeout ?? DEFAULT_TIMEOUT_SECONDS;
    this.memoryMiB = attributes.memory_size ?? DEFAULT_MEMORY_MIB;
    this.logGroup = first(attributes.logging_config)?.log_group ?? `/aws/lambda/${this.name}`;
  }

  /** Rejects only if the function's role or code cannot be had. */
  async invoke(payload: Buffer): Promise<Invocation> {
    const slot = this.takeIdle() ?? (await this.create());
    this.busy.add(slot);
    const requestId = randomUUID();
    slot.lines.length = 0;
    this.write(slot, `START RequestId: ${requestId} Version: $LATEST`);
    const result = await slot.environment.invoke(requestId, payload);
    this.write(slot, `END RequestId: ${requestId}`);
    const billed = Math.ceil(result.duration);
    this.write(
      slot,
      `REPORT RequestId: ${requestId}\tDuration: ${result.duration.toFixed(2)} ms\tBilled Duration: ${billed} ms\tMemory Size: ${this.memoryMiB} MB`,
    );
    this.busy.delete(slot);
    if (!slot.environment.dead) this.idle.push(slot);
    return { ...result, log: slot.lines.join('\n').slice(-TAIL_BYTES) };
  }

  close(): void {
    for (const slot of [...this.idle, ...this.busy]) slot.environment.close();
  }

  private takeIdle(): Slot | undefined {
    for (let slot = this.idle.pop(); slot; slot = this.idle.pop()) {
      if (!slot.environment.dead && slot.renewAt > Date.now()) return slot;
      slot.environment.close();
    }
    return undefined;
  }

  private async create(): Promise<Slot> {
    const { attributes, region, endpoint, identities, processes, bootstrap } = this.options;
    const instance = randomUUID().replaceAll('-', '');
    const credentials = await identities.credentialsFor(attributes.role, {
      service: 'lambda.amazonaws.com',
      sourceArn: this.arn,
      session: this.name,
    });
    this.codeFolder ??= unpack(this.options.code, processes.makeFolder('function-'));
    const stream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${instance}`;
    const slot: Slot = {
      stream,
      lines: [],
      renewAt: credentials.expiration.getTime() - identities.refreshMilliseconds,
      environment: new ExecutionEnvironment({
        processes,
        bootstrap,
        codeFolder: this.codeFolder,
        functionArn: this.arn,
        timeoutSeconds: this.timeoutSeconds,
        memoryMiB: this.memoryMiB,
        variables: {
          ...RUNTIME_VARIABLES,
          AWS_EXECUTION_ENV: `AWS_Lambda_${attributes.runtime}`,
          ...first(attributes.environment)?.variables,
          PATH: process.env.PATH ?? '',
          AWS_REGION: region,
          AWS_DEFAULT_REGION: region,
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_SESSION_TOKEN: credentials.sessionToken,
          AWS_ENDPOINT_URL: endpoint(),
          AWS_LAMBDA_FUNCTION_NAME: this.name,
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(this.memoryMiB),
          AWS_LAMBDA_LOG_GROUP_NAME: this.logGroup,
          AWS_LAMBDA_LOG_STREAM_NAME: stream,
          AWS_LAMBDA_LOG_FORMAT: first(attributes.logging_config)?.log_format ?? 'Text',
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
          LAMBDA_TASK_ROOT: this.codeFolder,
          _HANDLER: attributes.handler,
        },
        onLine: (line) => this.write(slot, line),
      }),
    };
    return slot;
  }

  private write(slot: Slot, line: string): void {
    // Node.js's own lines of one message are told apart by \r, so that they stay one event.
    const message = line.replaceAll('\r', '\n');
    slot.lines.push(message);
    this.options.logs.write(this.logGroup, slot.stream, message);
  }
}

/** A block of the stack that may stand alone or in a list. */
function first(block: Attributes | Attributes[] | undefined): Attributes | undefined {
  return Array.isArray(block) ? block[0] : block;
}

/** The folder with the code; an archive is unpacked into `target`. */
function unpack(code: string, target: string): string {
  try {
    if (statSync(code).isDirectory()) return code;
    for (const [name, bytes] of Object.entries(unzipSync(readFileSync(code)))) {
      const file = resolve(target, name);
      if (!file.startsWith(target + sep) || name.endsWith('/')) continue;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    return join(target);
  } catch (error) {
    throw new LocalCloudError(`The code of a function, ${code}, cannot be read: ${(error as Error).message}`);
  }
}
