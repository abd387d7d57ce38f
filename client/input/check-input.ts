/** Finds what is wrong with an execution's input before anything is started. */
import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import type { ExecutionInput } from '../../runtime/contract';
import { hasStatus } from '../../runtime/s3/has-status';
import type { Connection } from '../deployment';
import { InvalidInputError } from '../errors';
import { problemOfInput } from './input-problem';
import type { Rule } from './rules';

/** Throws an InvalidInputError if the workflow would refuse the input, or would find nothing to process. */
export async function checkInput(connection: Connection, input: ExecutionInput): Promise<void> {
  // A problem of the options is reported first. The source is checked meanwhile.
  const source = checkSource(connection, input);
  source.catch(() => {});
  await checkOptions(connection, input);
  await source;
}

/** Throws an InvalidInputError if the workflow would refuse the input, the provisioner its processor or parameters, the selector its `select`. */
export async function checkOptions(connection: Connection, input: ExecutionInput): Promise<void> {
  const { processor, processors } = connection.deployment;
  const problem = await problemOfInput(input, { rules: readRules(connection), processor, processors });
  if (problem) throw new InvalidInputError(problem);
}

/** Throws an InvalidInputError if there is nothing to process. */
async function checkSource(connection: Connection, input: ExecutionInput): Promise<void> {
  if (input.prefix !== undefined && !input.select) await checkPrefix(connection, input.prefix, input.bucket);
  if (input.manifest) await checkManifest(connection, input.manifest.Key);
}

/** The rules by which the state machine itself, as deployed, refuses input: one definition of them. */
async function readRules({ clients, deployment }: Connection): Promise<Rule[]> {
  const command = new DescribeStateMachineCommand({ stateMachineArn: deployment.stateMachineArn });
  const { definition } = await clients.sfn.send(command);
  return JSON.parse(definition ?? '').States.ValidateInput.Choices;
}

async function checkPrefix(connection: Connection, prefix: string, bucket?: string): Promise<void> {
  const { deployment, locate } = connection;
  const Bucket = bucket ?? deployment.bucketName;
  const s3 = connection.s3Of(Bucket);
  try {
    const found = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: 1 }));
    if (found.KeyCount) return;
  } catch (error) {
    // Another account's bucket may let the selector list it, and not this caller.
    if (hasStatus(error, 403) && Bucket !== deployment.bucketName) return;
    throw error;
  }
  const { CommonPrefixes } = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  const folders = (CommonPrefixes ?? []).map(({ Prefix }) => Prefix).join(', ');
  const where = locate('', Bucket);
  const remedy = folders ? `${where} has ${folders}` : `${where} is empty`;
  const slash = prefix.startsWith('/') ? ', and keys do not start with a slash' : '';
  throw new InvalidInputError(`No object has a key that starts with "${prefix}": ${remedy}${slash}.`);
}

async function checkManifest({ clients, deployment, locate }: Connection, key: string): Promise<void> {
  try {
    await clients.s3.send(new HeadObjectCommand({ Bucket: deployment.bucketName, Key: key }));
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    throw new InvalidInputError(
      `The manifest "${key}" does not exist (${locate(key)}): write it, a key a line.`,
    );
  }
}
