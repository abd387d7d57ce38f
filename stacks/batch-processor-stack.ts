/** The one stack: wires the constructs, and puts out what people and scripts need. */
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { SfnActivity } from '@cdktf/provider-aws/lib/sfn-activity';
import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { RuntimeBundles } from '../bundles';
import { configureBackend } from './backend';
import { Cluster } from './cluster';
import type { Config } from './config';
import { stateMachineConsoleUrl } from './console';
import { Fleet } from './fleet';
import { Guard } from './guard';
import { ImageRepository } from './image-repository';
import { Names, PREFIXES } from './names';
import { Network } from './network';
import { Observability } from './observability';
import { Provisioner } from './provisioner';
import { Storage } from './storage';
import { Workers } from './workers';
import { Workflow } from './workflow';

export interface BatchProcessorStackProps {
  config: Config;
  bundles: RuntimeBundles;
}

export class BatchProcessorStack extends TerraformStack {
  constructor(scope: Construct, id: string, { config, bundles }: BatchProcessorStackProps) {
    super(scope, id);
    new AwsProvider(this, 'aws', {
      region: config.region,
      defaultTags: [{ tags: { Project: config.namePrefix, ...config.tags } }],
    });
    // The bindings are generated from 6.x; the stack keeps to what 5.100 has as well.
    this.addOverride('terraform.required_providers.aws.version', '>= 5.100.0, < 7.0.0');
    configureBackend(this, config);

    const names = new Names(this, 'names', config);
    const network = new Network(this, 'network', { names, instanceTypes: config.instanceTypes });
    const storage = new Storage(this, 'storage', {
      names,
      existingBucket: config.bucket,
      keyArn: config.bucketKeyArn,
    });
    const { repository } = new ImageRepository(this, 'image-repository', { names });
    const activity = new SfnActivity(this, 'activity', { name: names.activity });
    activity.overrideLogicalId('tasks');
    const provisioner = new Provisioner(this, 'provisioner', { names, config, bundle: bundles.provisioner });
    const { stateMachine } = new Workflow(this, 'workflow', {
      names,
      config,
      storage,
      activity,
      provisioner: provisioner.lambda,
    });
    const { cluster } = new Cluster(this, 'cluster', { names });
    const fleet = new Fleet(this, 'fleet', { names, config, network, cluster });
    const workers = new Workers(this, 'workers', {
      names,
      config,
      storage,
      activity,
      repository,
      cluster,
      fleet,
      bundle: bundles.worker,
    });
    new Guard(this, 'guard', { names, provisioner: provisioner.lambda, stateMachine });
    const { dashboardUrl } = new Observability(this, 'observability', {
      names,
      config,
      activity,
      stateMachine,
    });

    this.output('region', config.region, 'AWS region');
    this.output('bucket_name', storage.bucketName, 'Bucket of inputs, outputs and results');
    this.output('output_prefix', PREFIXES.output, 'Where outputs are: this and the whole input key');
    this.output('results_prefix', PREFIXES.results, 'Where results are: this and the name of the execution');
    this.output('manifests_prefix', PREFIXES.manifests, 'Where manifests of objects to process go');
    this.output('state_machine_arn', stateMachine.arn, 'State machine to start executions of');
    this.output('activity_arn', activity.id, 'Activity that the workers poll');
    this.output('provisioner_function_name', provisioner.lambda.functionName, 'Provisioner function');
    this.output('repository_url', repository.repositoryUrl, 'Repository of the worker image');
    this.output('worker_image_uri', workers.imageUri, 'Worker image that the task definition names');
    this.output('worker_bundle', workers.bundle.path, 'What the image holds, beside the synthesized stack');
    this.output('architecture', config.architecture, 'Architecture of the worker image');
    this.output('cluster_name', cluster.name, 'ECS cluster');
    this.output('service_name', workers.service.name, 'ECS service');
    this.output('auto_scaling_group_name', fleet.autoScalingGroup.name, 'Auto Scaling group of the workers');
    this.output('worker_log_group', workers.logGroup.name, "The workers' log");
    this.output('provisioner_log_group', provisioner.logGroup.name, "The provisioner's log");
    this.output('max_workers', config.maxWorkers, 'The most workers that an execution may ask for');
    this.output('slots_per_worker', config.slotsPerWorker, 'Tasks that one worker processes at a time');
    this.output('bucket_is_managed', config.bucket === undefined, 'The bucket was made by this stack');
    this.output('console_url', stateMachineConsoleUrl(config.region, stateMachine.arn), 'Executions');
    this.output('dashboard_url', dashboardUrl, 'Dashboard');
    this.output(
      'next_step',
      'npm run push   # builds and pushes the worker image',
      'What remains to be done',
    );
  }

  private output(name: string, value: string | number | boolean, description: string): void {
    new TerraformOutput(this, name, { value, description }).overrideLogicalId(name);
  }
}
