/** The workflow's definition for tests without a stack. */
import { loadConfig } from '../../stacks/settings/config';
import { type DefinitionResources, workflowDefinition } from '../../stacks/workflow/definition';

const RESOURCES: DefinitionResources = {
  Partition: 'aws',
  ActivityArn: 'arn:aws:states:us-east-1:123456789012:activity:tasks',
  ProvisionerFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:provisioner',
  SelectorFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:selector',
  Bucket: 'bucket',
  SourceBuckets: 'bucket, archive',
  OutputBucket: 'bucket',
  OutputPrefix: 'processed/',
  ResultsPrefix: 'results/',
  ManifestsPrefix: 'manifests/',
};

/** `environment`: the BATCH_… variables; `resources`: values that replace the made-up ones. */
export function definitionOf(
  environment: Record<string, string> = {},
  resources: Partial<DefinitionResources> = {},
): ReturnType<typeof workflowDefinition> {
  return workflowDefinition({ ...RESOURCES, ...resources }, loadConfig({ environment, context: {} }));
}
