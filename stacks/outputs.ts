/** The outputs of the stack by name: what people, scripts and client/ find the parts of a deployment by. */
export const OUTPUTS = {
  region: 'AWS region',
  bucket_name: 'Bucket of inputs, outputs and results',
  output_prefix: 'Where outputs are: this and the whole input key',
  results_prefix: 'Where results are: this and the name of the execution',
  manifests_prefix: 'Where manifests of objects to process go',
  state_machine_arn: 'State machine to start executions of',
  activity_arn: 'Activity that the workers poll',
  provisioner_function_name: 'Provisioner function',
  repository_url: 'Repository of the worker image',
  worker_image_uri: 'Worker image that the task definition names',
  worker_bundle: 'What the image holds, beside the synthesized stack',
  architecture: 'Architecture of the worker image',
  cluster_name: 'ECS cluster',
  service_name: 'ECS service',
  auto_scaling_group_name: 'Auto Scaling group of the workers',
  worker_log_group: "The workers' log",
  provisioner_log_group: "The provisioner's log",
  max_workers: 'The most workers that an execution may ask for',
  slots_per_worker: 'Tasks that one worker processes at a time',
  bucket_is_managed: 'The stack made the bucket',
  console_url: 'Executions',
  dashboard_url: 'Dashboard',
  next_step: 'What remains to be done',
} as const;

export type OutputName = keyof typeof OUTPUTS;
