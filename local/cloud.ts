/** The local cloud: boots a synthesized stack on this machine, behind one endpoint that speaks the AWS protocols. */

import { clientConfig, clientEnvironment } from './core/client-config';
import { type Fault, Faults } from './core/faults';
import { commonError, type Gateway, type GatewayOptions, startGateway } from './core/gateway';
import type { Role } from './core/iam/document';
import { StackIdentities } from './core/iam/identities';
import { StackPolicies } from './core/iam/policies';
import { readBucketPolicies, readRoles } from './core/iam/stack-roles';
import { Processes } from './core/processes/processes';
import type { Service } from './core/service';
import { assertDeployable } from './core/stack/deployable';
import { Stack } from './core/stack/stack';
import { type Compute, createCompute } from './services/ecs/compute';
import { imagesOf } from './services/ecs/images';
import { TASK_ROUTE } from './services/ecs/task-endpoints';
import { EventBus } from './services/events/event-bus';
import { createLambda, type LambdaOptions } from './services/lambda';
import { createLogs } from './services/logs';
import { LogStore } from './services/logs/log-store';
import { createS3 } from './services/s3';
import { bucketsOf } from './services/s3/buckets';
import { createScheduler, type Scheduler } from './services/scheduler';
import { createSns } from './services/sns';
import type { PublishedEvent } from './services/states';
import { TokenBuckets } from './services/states/api/quotas';
import { bootStates, updateStates } from './services/states/stack';
import { createSts } from './services/sts';

/**
 * `intercept` and `interceptResponse` are for what no fault can say: a decision by code on a single request. They are asked
 * before the faults, and about all requests, also those of the user.
 */
export interface LocalCloudOptions
  extends Pick<GatewayOptions, 'onRequest' | 'intercept' | 'interceptResponse'>,
    Pick<LambdaOptions, 'asyncRetrySeconds'> {
  /** The stack's folder in cdktf.out, with its `cdk.tf.json`. */
  stackFolder: string;
  /** The folder that is the stack's own bucket; its files are the objects. */
  bucketFolder: string;
  /** Folders of the other buckets that the stack reads or writes, by the buckets' names. Default: there are none. */
  bucketFolders?: Record<string, string>;
  /**
   * Folders with the packages that the image's build would install, by their paths in the image, such as `processors/node_modules`.
   * Default: none.
   */
  installedPackages?: Record<string, string>;
  /** Default: any free one. */
  port?: number;
  /** Seconds from an instance's launch to InService. Default 0.3. */
  bootSeconds?: number;
  /** Seconds that tasks have to end when the local cloud closes. Default 5. */
  closeSeconds?: number;
  /** Finished executions that are kept, and as many of maps' children; failures the longest. Default 1000. */
  historyLimit?: number;
  /** Seconds that a poll for a task is held. Default 60, as AWS. */
  activityPollSeconds?: number;
  /** Lifetime of temporary credentials. Default 3600. */
  sessionSeconds?: number;
  /** Values of the secrets that containers get, by variable. ECS cannot read one that is not there. Default: none. */
  secrets?: Record<string, string>;
  /** Overrides of the worker container's environment. */
  workerEnvironment?: Record<string, string>;
  /** Holds Step Functions' API to AWS's default token buckets, for every caller. Default false: it is never throttled. */
  apiQuotas?: boolean;
  /** Starts executions when the stack's schedules are due. Default false: `scheduler.fire` starts them. */
  runSchedules?: boolean;
  /** Faults that are there from the beginning. Default: none. */
  faults?: Fault[];
  /** Of the faults' random decisions. Default: a random one. */
  faultSeed?: number;
  /** Sees every line that workers and functions log, each message to an SNS topic, and each start by a schedule. */
  onLog?(group: string, stream: string, message: string): void;
  /** Told of what goes wrong inside of the local cloud. Default: standard error. */
  log?(message: string, error: unknown): void;
}

export interface LocalCloud {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  region: string;
  /** Of the user, who may do everything. */
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** The stack's Terraform outputs. */
  outputs: Record<string, unknown>;
  /** Folders of the buckets that it serves beside the stack's own, by name. */
  bucketFolders: Record<string, string>;
  /** Ids of the processes of tasks and functions that are alive. */
  processes(): number[];
  /** What AWS SDK clients of the local cloud are made with. */
  clientConfig: ReturnType<typeof clientConfig>;
  /** The variables by which any other AWS client finds the local cloud. */
  environment: Record<string, string>;
  /** Its services, with their operations. */
  services: readonly Service[];
  /** To cause faults while it runs, and to count them. */
  faults: Pick<Faults, 'inject' | 'injected' | 'seed'>;
  /** The Auto Scaling groups and clusters. */
  compute: Pick<Compute, 'autoScalingGroups' | 'clusters'>;
  /** To start an execution as a schedule would, without waiting for its time. */
  scheduler: Pick<Scheduler, 'fire'>;
  /** The stack's roles by name, to take permissions away from: the next request is decided by what is left. */
  roles: ReadonlyMap<string, Role>;
  /**
   * Applies another synthesis of the stack, as a deployment while executions run: task definitions, functions, state machines, and
   * policies of roles. Rejects with a LocalCloudError, and changes nothing, if anything else that the local cloud serves differs.
   */
  deploy(stackFolder: string): Promise<void>;
  /** Stops executions, tasks, functions and servers; nothing is left. */
  close(): Promise<void>;
}

/**
 * What has to end, in this order: no fault disturbs the end, no schedule and no event of an execution that is stopped may start anything,
 * and what runs still reaches the services until it has ended.
 */
const CLOSE_ORDER = [
  'faults',
  'scheduler',
  'events',
  'states',
  'compute',
  'lambda',
  'gateway',
  's3',
  'processes',
] as const;
type Parts = Partial<Record<(typeof CLOSE_ORDER)[number], { close(): Promise<void> | void }>>;

/** Rejects with a LocalCloudError, one clear line, if the stack cannot be booted. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const parts: Parts = {};
  const close = async () => {
    for (const name of CLOSE_ORDER) {
      await parts[name]?.close();
      delete parts[name];
    }
  };
  try {
    return { ...(await boot(options, parts)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function boot(options: LocalCloudOptions, parts: Parts): Promise<Omit<LocalCloud, 'close'>> {
  const {
    log = (message, error) => console.error(message, error ?? ''),
    sessionSeconds,
    historyLimit,
    activityPollSeconds,
  } = options;
  const stack = new Stack(options.stackFolder);
  const { region, account } = stack.accountAndRegion;
  const outputs = stack.outputs();
  const roles = readRoles(stack);
  const policies = new StackPolicies({
    ...stack.accountAndRegion,
    roles,
    bucketPolicies: readBucketPolicies(stack),
  });
  const identities = new StackIdentities({ ...stack.accountAndRegion, roles, policies, sessionSeconds });
  const logs = new LogStore(options.onLog);
  for (const { attributes } of stack.resources('aws_cloudwatch_log_group')) {
    logs.addGroup(attributes.name, attributes.arn, attributes.retention_in_days);
  }
  const buckets = bucketsOf(stack, outputs, options);
  const endpoint = () => gateway?.endpoint ?? '';
  let gateway: Gateway | undefined;

  const faults: Faults = new Faults(() => ({ services, compute }), options.faultSeed);
  parts.faults = faults;
  const quotas = options.apiQuotas ? new TokenBuckets() : undefined;
  const processes = new Processes();
  parts.processes = processes;
  const s3 = createS3({
    buckets,
    region,
    account,
    isAllowed: (caller, authorization) => policies.denial(caller, authorization) === undefined,
  });
  parts.s3 = s3;
  const lambda = createLambda({ ...options, stack, endpoint, identities, processes, logs });
  parts.lambda = lambda;
  const events = new EventBus(stack, lambda, log);
  parts.events = events;
  const publish = (event: PublishedEvent) => events.publish(event);
  const states = await bootStates({
    stack,
    identities,
    policies,
    endpoint,
    publish,
    historyLimit,
    activityPollSeconds,
  });
  parts.states = states;
  const scheduler = createScheduler({ stack, identities, endpoint, logs, log });
  parts.scheduler = scheduler;
  const images = imagesOf(stack, outputs, options.installedPackages ?? {});
  const compute = createCompute({
    stack,
    processes,
    identities,
    logs,
    endpoint,
    images,
    bootSeconds: options.bootSeconds ?? 0.3,
    environment: options.workerEnvironment ?? {},
    secrets: { ...stack.accountAndRegion, policies, values: options.secrets ?? {} },
    failureOf: (what, subject) => faults.failureOf(what, subject),
  });
  parts.compute = { close: () => compute.close(options.closeSeconds ?? 5) };
  const services = [
    s3,
    states.service,
    lambda.service,
    events.service,
    createLogs(logs),
    createSts(account),
    createSns({ stack, logs }).service,
    scheduler.service,
    ...compute.services,
  ];
  gateway = await startGateway({
    ...options,
    region,
    services,
    identities,
    policies,
    log,
    routes: { [TASK_ROUTE]: (request, response) => compute.endpoints.serve(request, response) },
    async intercept(handle) {
      if (handle.service === 'states' && quotas?.take(handle.action) === false)
        throw commonError('json', 'throttled');
      const instead = await options.intercept?.(handle);
      faults.intercept(handle);
      return instead;
    },
    async interceptResponse(handle) {
      await options.interceptResponse?.(handle);
      await faults.interceptResponse(handle);
    },
  });
  parts.gateway = gateway;
  for (const fault of options.faults ?? []) faults.inject(fault);
  compute.start();
  if (options.runSchedules) scheduler.start();
  const { caller, secretAccessKey } = identities.user;
  const credentials = { accessKeyId: caller.accessKeyId, secretAccessKey };
  const access = { endpoint: gateway.endpoint, region, credentials };
  return {
    ...access,
    clientConfig: clientConfig(access),
    environment: clientEnvironment(access),
    outputs,
    bucketFolders: options.bucketFolders ?? {},
    services,
    faults,
    compute,
    scheduler,
    roles,
    processes: () => processes.pids(),
    async deploy(stackFolder) {
      const next = new Stack(stackFolder);
      assertDeployable(stack, next);
      for (const [name, role] of readRoles(next)) roles.set(name, role);
      for (const image of imagesOf(next, next.outputs(), options.installedPackages ?? {}))
        images.set(...image);
      lambda.update(next);
      await updateStates(states, next, identities);
      compute.update(next);
    },
  };
}
