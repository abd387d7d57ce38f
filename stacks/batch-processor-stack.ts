/** The one stack: wires the constructs, and puts out what people and scripts need. */
import { SfnActivity } from '@cdktf/provider-aws/lib/sfn-activity';
import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { RuntimeBundles } from '../bundles';
import { PREFIXES } from '../runtime/prefixes';
import { stateMachineConsoleUrl } from './core/console';
import { Names } from './core/names';
import { boundRoles } from './core/service-role';
import { waitForFirstResource } from './first-resource';
import { Cluster } from './fleet/cluster';
import { Fleet } from './fleet/fleet';
import { fleetFacts } from './fleet/fleet-facts';
import { Network } from './fleet/network';
import { Guard } from './functions/guard';
import { Notifier } from './functions/notifier';
import { Provisioner } from './functions/provisioner';
import { Selector } from './functions/selector';
import { Observability } from './observability/observability';
import { OUTPUTS, type OutputName } from './outputs';
import { configureProvider } from './provider';
import type { Config } from './settings/complete-config';
import { Buckets } from './storage/buckets';
import { Storage } from './storage/storage';
import { ImageRepository } from './worker/image-repository';
import { Workers } from './worker/workers';
import { Schedules } from './workflow/schedules';
import { Workflow } from './workflow/workflow';

export interface BatchProcessorStackProps {
  config: Config;
  bundles: RuntimeBundles;
}

export class BatchProcessorStack extends TerraformStack {
  constructor(scope: Construct, id: string, { config, bundles }: BatchProcessorStackProps) {
    super(scope, id);
    configureProvider(this, config);

    const names = new Names(this, 'names', config);
    const network = new Network(this, 'network', { names, config });
    const storage = new Storage(this, 'storage', {
      names,
      existingBucket: config.bucket,
      keyArn: config.bucketKeyArn,
      resultsRetentionDays: config.resultsRetentionDays,
    });
    const buckets = new Buckets({ names, config, storage });
    const { repository } = new ImageRepository(this, 'image-repository', { names });
    const activity = new SfnActivity(this, 'activity', { name: names.activity });
    activity.overrideLogicalId('tasks');
    const provisioner = new Provisioner(this, 'provisioner', { names, config, bundle: bundles.provisioner });
    const selector = new Selector(this, 'selector', {
      names,
      config,
      storage,
      buckets,
      bundle: bundles.selector,
    });
    const { stateMachine } = new Workflow(this, 'workflow', {
      names,
      config,
      storage,
      buckets,
      activity,
      provisioner: provisioner.lambda,
      selector: selector.lambda,
    });
    const { cluster } = new Cluster(this, 'cluster', { names });
    const fleet = new Fleet(this, 'fleet', { names, config, network, cluster });
    const workers = new Workers(this, 'workers', {
      names,
      config,
      storage,
      buckets,
      activity,
      repository,
      cluster,
      fleet,
      bundle: bundles.worker,
    });
    new Guard(this, 'guard', { names, provisioner: provisioner.lambda, stateMachine });
    const { schedules } = config;
    if (schedules.length > 0) new Schedules(this, 'schedules', { names, schedules, stateMachine });
    if (config.notifyEmail || config.notifyTopicArn) {
      new Notifier(this, 'notifier', { names, config, storage, stateMachine, bundle: bundles.notifier });
    }
    const { dashboardUrl } = new Observability(this, 'observability', {
      names,
      config,
      activity,
      stateMachine,
    });

    waitForFirstResource(this);
    if (config.permissionsBoundaryArn) boundRoles(this, config.permissionsBoundaryArn);

    this.putOut({
      region: config.region,
      bucket_name: storage.bucketName,
      source_buckets: JSON.stringify(buckets.sources),
      bucket_accesses: JSON.stringify(buckets.accesses),
      output_bucket_name: buckets.outputBucketName,
      output_prefix: PREFIXES.output,
      results_prefix: PREFIXES.results,
      manifests_prefix: PREFIXES.manifests,
      state_machine_arn: stateMachine.arn,
      activity_arn: activity.id,
      provisioner_function_name: provisioner.lambda.functionName,
      repository_url: repository.repositoryUrl,
      worker_image_uri: workers.imageUri,
      worker_bundle: workers.bundle.path,
      processor: config.processor,
      processors: JSON.stringify(bundles.processors),
      processor_environment_hash: selector.environmentHash,
      architecture: config.architecture,
      fleet_facts: JSON.stringify(fleetFacts(config)),
      cluster_name: cluster.name,
      service_name: workers.service.name,
      auto_scaling_group_name: fleet.autoScalingGroup.name,
      worker_log_group: workers.logGroup.name,
      provisioner_log_group: provisioner.logGroup.name,
      max_workers: config.maxWorkers,
      slots_per_worker: config.slotsPerWorker,
      bucket_is_managed: config.bucket === undefined,
      console_url: stateMachineConsoleUrl(config.region, stateMachine.arn),
      dashboard_url: dashboardUrl,
      next_step: nextStep(config),
    });
  }

  private putOut(values: Record<OutputName, string | number | boolean>): void {
    for (const [name, description] of Object.entries(OUTPUTS)) {
      const value = values[name as OutputName];
      new TerraformOutput(this, name, { value, description }).overrideLogicalId(name);
    }
  }
}

function nextStep({ alarmEmail, notifyEmail }: Config): string {
  const push = 'npm run push   # builds and pushes the worker image';
  const emails = [...new Set([alarmEmail, notifyEmail])].filter((email) => email !== undefined);
  return emails.length > 0
    ? `${push}; then confirm the subscription that AWS mails to ${emails.join(' and to ')}`
    : push;
}
