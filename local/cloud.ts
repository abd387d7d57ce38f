/** The local cloud: boots a synthesized stack on this machine, behind one endpoint that speaks the AWS protocols. */
import { clientConfig, clientEnvironment } from './core/client-config';
import { type Fault, Faults } from './core/faults';
import { type Gateway, type GatewayOptions, startGateway } from './core/gateway';
import type { Role } from './core/iam/document';
import { StackIdentities } from './core/iam/identities';
import { StackPolicies } from './core/iam/policies';
import { readBucketPolicies, readRoles } from './core/iam/stack-roles';
import type { LocalService } from './core/local-service';
import { Processes } from './core/processes/processes';
import type { Service } from './core/service';
import { assertDeployable } from './core/stack/deployable';
import { Stack } from './core/stack/stack';
import { createServices, type Services, type ServicesOptions } from './services';

/**
 * `intercept` and `interceptResponse` are for what no fault can express: a decision by code on a single request. They are
 * asked before the faults, and about all requests, also those of the user.
 */
export interface LocalCloudOptions
  extends Pick<GatewayOptions, 'port' | 'onRequest' | 'intercept' | 'interceptResponse'>,
    ServicesOptions {
  /** The stack's folder in cdktf.out, with its `cdk.tf.json`. */
  stackFolder: string;
  /** Lifetime of temporary credentials. Default 3600. */
  sessionSeconds?: number;
  /** Faults that are there from the beginning. Default: none. */
  faults?: Fault[];
  /** Seed of the faults' random decisions. Default: a random one. */
  faultSeed?: number;
  /** Called for problems inside of the local cloud. Default: standard error. */
  log?(message: string, error?: unknown): void;
}

export interface LocalCloud {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  region: string;
  /** Credentials of the user, who may do everything. */
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
  /** By name, with their operations, and what runs in them. */
  services: Services;
  /** To cause faults while it runs, and to count them. */
  faults: Pick<Faults, 'inject' | 'injected' | 'seed'>;
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

/** Rejects with a LocalCloudError, one clear line, if the stack cannot be booted. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { log = (message, error) => console.error(message, error ?? ''), sessionSeconds } = options;
  const stack = new Stack(options.stackFolder);
  const { accountAndRegion } = stack;
  const roles = readRoles(stack);
  const policies = new StackPolicies({
    ...accountAndRegion,
    roles,
    bucketPolicies: readBucketPolicies(stack),
  });
  const identities = new StackIdentities({ ...accountAndRegion, roles, policies, sessionSeconds });
  const processes = new Processes();

  let services: Services | undefined;
  const served: Service[] = [];
  const faults = new Faults(
    {
      services: () => served,
      workers: () => services?.ecs.runningTasks() ?? [],
      instances: () => services?.autoscaling.inService() ?? [],
    },
    options.faultSeed,
  );
  let gateway: Gateway | undefined;
  const close = async () => {
    // No fault disturbs the shutdown. Tasks and functions reach the services until they have ended.
    faults.close();
    for (const service of all(services)) await service.close?.();
    await gateway?.close();
    await processes.close();
  };

  try {
    gateway = await startGateway({
      ...interceptors(options, faults),
      services: served,
      identities,
      policies,
      region: accountAndRegion.region,
      port: options.port,
      onRequest: options.onRequest,
      log,
    });
    const { endpoint } = gateway;
    services = createServices({ stack, policies, identities, processes, endpoint, faults, log }, options);
    served.push(...all(services).map(({ service }) => service));
    for (const fault of options.faults ?? []) faults.inject(fault);
    for (const service of all(services).reverse()) await service.start?.();
    const { caller, secretAccessKey } = identities.user;
    const credentials = { accessKeyId: caller.accessKeyId, secretAccessKey };
    const access = { endpoint, region: accountAndRegion.region, credentials };
    return {
      ...access,
      clientConfig: clientConfig(access),
      environment: clientEnvironment(access),
      outputs: stack.outputs(),
      bucketFolders: options.bucketFolders ?? {},
      services,
      faults,
      roles,
      processes: () => processes.pids(),
      async deploy(stackFolder) {
        const next = new Stack(stackFolder);
        assertDeployable(
          stack,
          next,
          all(services).flatMap(({ fixed = [] }) => fixed),
        );
        for (const [name, role] of readRoles(next)) roles.set(name, role);
        for (const service of all(services)) await service.update?.(next);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function all(services: Services | undefined): LocalService[] {
  return Object.values(services ?? {});
}

/** The options' own decide before the faults. */
function interceptors(
  { intercept, interceptResponse }: LocalCloudOptions,
  faults: Faults,
): Pick<GatewayOptions, 'intercept' | 'interceptResponse'> {
  return {
    intercept: intercept
      ? async (handle) => {
          const instead = await intercept(handle);
          faults.intercept(handle);
          return instead;
        }
      : (handle) => faults.intercept(handle),
    interceptResponse: interceptResponse
      ? async (handle) => {
          await interceptResponse(handle);
          await faults.interceptResponse(handle);
        }
      : (handle) => faults.interceptResponse(handle),
  };
}
