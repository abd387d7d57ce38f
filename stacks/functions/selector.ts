/** The Lambda function that selects the objects of an execution, and its role. */
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { Construct } from 'constructs';
import type { FunctionBundle } from '../../bundles';
import { PREFIXES } from '../../runtime/prefixes';
import { hashEnvironment } from '../../runtime/provenance';
import type { Names } from '../core/names';
import type { Statement } from '../core/service-role';
import type { Config } from '../settings/complete-config';
import type { Buckets } from '../storage/buckets';
import type { Storage } from '../storage/storage';
import { NodeFunction } from './node-function';

export interface SelectorProps {
  names: Names;
  config: Config;
  storage: Storage;
  buckets: Buckets;
  bundle: FunctionBundle;
}

export class Selector extends Construct {
  readonly lambda: LambdaFunction;
  /** Of the environment that the deployment gives to processors. */
  readonly environmentHash: string;

  constructor(scope: Construct, id: string, props: SelectorProps) {
    super(scope, id);
    const { names, config, storage, buckets, bundle } = props;
    const { processorEnvironment } = config;
    this.environmentHash = hashEnvironment(processorEnvironment, Object.keys(processorEnvironment));
    const { lambda } = new NodeFunction(this, 'function', {
      name: 'selector',
      names,
      config,
      bundle,
      description: 'Selects the objects of an execution, and writes a list of them',
      roleDescription:
        'Selector function: lists objects, looks at them and at outputs, reads and writes manifests',
      statements: statements(props),
      timeoutSeconds: 120,
      variables: {
        BUCKET: storage.bucketName,
        BUCKET_ACCESSES: JSON.stringify(buckets.accesses),
        PROCESSOR_ENVIRONMENT_HASH: this.environmentHash,
      },
    });
    this.lambda = lambda;
  }
}

function statements({ config, storage, buckets }: SelectorProps): Statement[] {
  const { bucketArn, keyStatements } = storage;
  const { readPrefixes } = config;
  const outputs = buckets.ownHasOutputs ? [PREFIXES.output] : [];
  const below = (prefix: string) => `${bucketArn}/${prefix}*`;
  return [
    // Also to distinguish an output that is missing from one that is denied.
    { Sid: 'ListObjects', Action: ['s3:ListBucket'], Resource: bucketArn },
    {
      Sid: 'ReadObjectsOutputsAndManifests',
      Action: ['s3:GetObject'],
      Resource: readPrefixes.includes('')
        ? below('')
        : [...readPrefixes, ...outputs, PREFIXES.manifests].map(below),
    },
    { Sid: 'WriteManifests', Action: ['s3:PutObject'], Resource: below(PREFIXES.manifests) },
    ...keyStatements,
    ...buckets.lookAtOutputsStatements,
    ...buckets.readStatements,
  ];
}
