/** Synthesizes the stack with the settings of a test, and reads the result. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { type BundleSettings, bundleRuntime, type RuntimeBundles } from '../../bundles';
import { StackPolicies } from '../../local/core/iam/policies';
import { readBucketPolicies, readRoles } from '../../local/core/iam/stack-roles';
import { Stack } from '../../local/core/stack/stack';
import { BatchProcessorStack } from '../../stacks/batch-processor-stack';
import { loadConfig } from '../../stacks/settings/config';
import { withoutTokenTraces } from '../../stacks/token-traces';

/** A resource's or data source's arguments. */
// biome-ignore lint/suspicious/noExplicitAny: arguments have as many shapes as the provider has resources.
export type Arguments = Record<string, any>;

export interface Synthesized {
  /** cdktf.out of this synthesis. */
  folder: string;
  /** Folder with cdk.tf.json. */
  stackFolder: string;
  /** The file, as it is. */
  text: string;
  resource: Record<string, Record<string, Arguments>>;
  data: Record<string, Record<string, Arguments>>;
  output: Record<string, { value: unknown; description: string }>;
  terraform: Arguments;
  remove(): void;
}

/** Settings with which the stack has every kind of resource that it makes by itself. */
export const EVERYTHING = {
  BATCH_ALARM_EMAIL: 'oncall@example.org',
  BATCH_NOTIFY_EMAIL: 'team@example.org',
  BATCH_SCHEDULES: JSON.stringify([
    {
      name: 'nightly',
      expression: 'cron(0 2 * * ? *)',
      timezone: 'Europe/Berlin',
      input: { worker_count: 2, prefix: 'data/' },
    },
  ]),
};

/** The synthesized stacks, by the settings that they depend on. */
const bundles = new Map<string, RuntimeBundles>();

function bundlesFor({ processorEnvironment, processorsFolder }: BundleSettings): RuntimeBundles {
  const sorted = Object.entries(processorEnvironment ?? {}).sort();
  const settings = { processorEnvironment: Object.fromEntries(sorted), processorsFolder };
  const key = JSON.stringify(settings);
  const found = bundles.get(key) ?? bundleRuntime(settings);
  bundles.set(key, found);
  return found;
}

/** `environment`: the BATCH_… variables; it uses none of this process's own. A test that only reads cdk.tf.json uses `apply`. */
export function synthesize(environment: Record<string, string> = {}): Synthesized {
  return synthesizeWith(environment, (bundles) => bundles);
}

function synthesizeWith(
  environment: Record<string, string>,
  assetsOf: (bundles: RuntimeBundles, folder: string) => RuntimeBundles,
): Synthesized {
  const config = loadConfig({ environment, context: {} });
  const folder = mkdtempSync(join(tmpdir(), 'batch-synth-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const bundles = assetsOf(bundlesFor(config), folder);
    withoutTokenTraces(() => {
      const app = new App({ outdir: folder, stackTraces: false });
      new BatchProcessorStack(app, config.namePrefix, { config, bundles });
      app.synth();
    });
    const stackFolder = join(folder, 'stacks', config.namePrefix);
    const text = readFileSync(join(stackFolder, 'cdk.tf.json'), 'utf8');
    return { ...JSON.parse(text), folder, stackFolder, text, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The only container of the worker's task definition. */
export function workerContainer(stack: Pick<Synthesized, 'resource'>): Arguments {
  return JSON.parse(resourceOf(stack, 'aws_ecs_task_definition.worker').container_definitions)[0];
}

/** The arguments of the resource at an address such as `aws_ecs_service.workers`, as they are in the file. */
export function resourceOf(stack: Pick<Synthesized, 'resource'>, address: string): Arguments {
  const [type = '', name = ''] = address.split('.');
  const found = stack.resource[type]?.[name];
  if (!found) throw new Error(`The stack has no ${address}.`);
  return found;
}

/** The stack after an apply, by address. References are resolved, as in the local cloud. */
export interface Applied extends Pick<Synthesized, 'text' | 'resource' | 'output' | 'terraform'> {
  /** `aws_ecs_service.workers` → its attributes. */
  resources: Record<string, Arguments>;
  /** `aws_vpc.default` → its attributes. */
  data: Record<string, Arguments>;
  outputs: Record<string, unknown>;
  roles: ReturnType<typeof readRoles>;
  policies: StackPolicies;
}

const applied = new Map<string, Applied>();

/** `environment`: as for `synthesize`. Tests share the result, so they must not change it. */
export function apply(environment: Record<string, string> = {}): Applied {
  const key = JSON.stringify(environment);
  const found = applied.get(key) ?? applyAnew(environment);
  applied.set(key, found);
  return found;
}

/** Files that mean the same to the stack, without their contents: to copy those takes half of a synthesis. */
function emptied({ worker, provisioner, selector, notifier, ...rest }: RuntimeBundles, folder: string) {
  const archive = join(folder, 'empty.zip');
  writeFileSync(archive, '');
  const workerFolder = join(folder, 'empty');
  mkdirSync(workerFolder);
  return {
    ...rest,
    worker: { ...worker, folder: workerFolder },
    provisioner: { ...provisioner, archive },
    selector: { ...selector, archive },
    notifier: { ...notifier, archive },
  };
}

function applyAnew(environment: Record<string, string>): Applied {
  const synthesized = synthesizeWith(environment, emptied);
  try {
    const stack = new Stack(synthesized.stackFolder);
    const roles = readRoles(stack);
    const byAddress = (types: object, read: (type: string) => { address: string; attributes: Arguments }[]) =>
      Object.fromEntries(
        Object.keys(types).flatMap((type) =>
          read(type).map(({ address, attributes }) => [address.replace(/^data\./, ''), attributes]),
        ),
      );
    const { text, resource, output, terraform } = synthesized;
    return {
      text,
      resource,
      output,
      terraform,
      resources: byAddress(synthesized.resource, (type) => stack.resources(type)),
      data: byAddress(synthesized.data, (type) => stack.data(type)),
      outputs: stack.outputs(),
      roles,
      policies: new StackPolicies({
        ...stack.accountAndRegion,
        roles,
        bucketPolicies: readBucketPolicies(stack),
      }),
    };
  } finally {
    synthesized.remove();
  }
}

/** The attributes at an address of a stack that is applied. */
export function attributesOf({ resources, data }: Applied, address: string): Arguments {
  const found = resources[address] ?? data[address];
  if (!found) throw new Error(`The stack has no ${address}.`);
  return found;
}

/** Whether a role of a stack that is applied, by its logical id, may do something on a resource. */
export function mayDo(
  { policies, resources }: Applied,
  role: string,
  action: string,
  resource: string,
): boolean {
  const { name, arn } = resources[`aws_iam_role.${role}`] ?? {};
  const caller = { accessKeyId: 'k', arn, roleName: name };
  return policies.denial(caller, { action, resources: [resource] }) === undefined;
}
