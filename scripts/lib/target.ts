/** Where a run takes place: on AWS, or in the local cloud. The same SDK calls work on both. */

import { ECSClient } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { OutputName } from '../../stacks/outputs';
import type { InjectedFaults } from './fault-options';

/** The stack's Terraform outputs, as far as the scripts use them. */
export interface Deployment {
  region: string;
  bucketName: string;
  stateMachineArn: string;
  clusterName: string;
  serviceName: string;
  consoleUrl: string;
  /** Where outputs, results and manifests go; each ends with `/`. */
  outputPrefix: string;
  resultsPrefix: string;
  manifestsPrefix: string;
}

export interface Target {
  kind: 'aws' | 'local';
  deployment: Deployment;
  clients: Clients;
  /** Where a person finds an object: an s3:// URL, or a path. */
  locate(key: string): string;
  /** Where faults were asked for: what they did so far. */
  faults?(): InjectedFaults;
  /** Ends what was started for this run. */
  close(): Promise<void>;
}

export interface Clients {
  sfn: SFNClient;
  s3: S3Client;
  ecs: ECSClient;
}

export function createClients(config: {
  region: string;
  endpoint?: string;
  credentials?: AwsCredentialIdentity;
}): Clients {
  return { sfn: new SFNClient(config), s3: new S3Client(config), ecs: new ECSClient(config) };
}

/** Throws an Error that names the missing output. */
export function readDeployment(outputs: Record<string, unknown>): Deployment {
  const text = outputReader(outputs);
  return {
    region: text('region'),
    bucketName: text('bucket_name'),
    stateMachineArn: text('state_machine_arn'),
    clusterName: text('cluster_name'),
    serviceName: text('service_name'),
    consoleUrl: text('console_url'),
    outputPrefix: text('output_prefix'),
    resultsPrefix: text('results_prefix'),
    manifestsPrefix: text('manifests_prefix'),
  };
}

/** Reads an output that is a string; throws an Error that names the one that is missing. */
export function outputReader(outputs: Record<string, unknown>): (name: OutputName) => string {
  return (name) => {
    const value = outputs[name];
    if (typeof value === 'string') return value;
    throw new Error(`The stack has no output ${name}; was it made by this version?`);
  };
}
