/** What the composed definition of the workflow takes from a stack, for tests without one. */
import type { DefinitionSubstitutions } from '../../stacks/definition';

export const SUBSTITUTIONS: DefinitionSubstitutions = {
  Partition: 'aws',
  ActivityArn: 'arn:aws:states:us-east-1:123456789012:activity:tasks',
  ProvisionerFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:provisioner',
  Bucket: 'bucket',
  OutputPrefix: 'processed/',
  ResultsPrefix: 'results/',
  ManifestsPrefix: 'manifests/',
  MaxWorkers: 100,
  SlotsPerWorker: 2,
  HeartbeatSeconds: 60,
  ExecutionTimeoutSeconds: 3600,
  ProvisionPollSeconds: 1,
};
