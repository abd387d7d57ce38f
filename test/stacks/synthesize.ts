/** Synthesizes the stack with the settings that a test asks for, and reads what came out. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { bundleRuntime, type RuntimeBundles } from '../../bundles';
import { BatchProcessorStack } from '../../stacks/batch-processor-stack';
import { loadConfig } from '../../stacks/config';

/** A resource's or data source's arguments. */
// biome-ignore lint/suspicious/noExplicitAny: arguments have as many shapes as the provider has resources.
export type Arguments = Record<string, any>;

export interface Synthesized {
  /** cdktf.out of this synthesis. */
  folder: string;
  /** Folder with cdk.tf.json. */
  stackFolder: string;
  /** The file, as it stands. */
  text: string;
  resource: Record<string, Record<string, Arguments>>;
  data: Record<string, Record<string, Arguments>>;
  output: Record<string, { value: unknown; description: string }>;
  terraform: Arguments;
  remove(): void;
}

let bundles: RuntimeBundles | undefined;

/** `environment`: the BATCH_… variables; nothing of this process's own is used. */
export function synthesize(environment: Record<string, string> = {}): Synthesized {
  bundles ??= bundleRuntime();
  const folder = mkdtempSync(join(tmpdir(), 'batch-synth-'));
  const app = new App({ outdir: folder, stackTraces: false });
  const config = loadConfig({ environment, context: {} });
  new BatchProcessorStack(app, config.namePrefix, { config, bundles });
  app.synth();
  const stackFolder = join(folder, 'stacks', config.namePrefix);
  const text = readFileSync(join(stackFolder, 'cdk.tf.json'), 'utf8');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { ...JSON.parse(text), folder, stackFolder, text, remove };
}

/** The only container of the worker's task definition. */
export function workerContainer(stack: Synthesized): Arguments {
  return JSON.parse(resourceOf(stack, 'aws_ecs_task_definition.worker').container_definitions)[0];
}

/** The arguments of the resource at an address such as `aws_ecs_service.workers`. */
export function resourceOf(stack: Synthesized, address: string): Arguments {
  const [type = '', name = ''] = address.split('.');
  const found = stack.resource[type]?.[name];
  if (!found) throw new Error(`The stack has no ${address}.`);
  return found;
}
