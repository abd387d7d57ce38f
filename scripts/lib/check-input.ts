/** Finds what is wrong with an execution's input before anything is started. */
import { HeadObjectCommand, ListObjectsV2Command, S3ServiceException } from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { StatesError } from '../../local/states/errors';
import { Expressions } from '../../local/states/expressions';
import type { Json } from '../../local/states/json';
import type { ExecutionInput } from '../../runtime/contract';
import { UsageError } from './command';
import type { Target } from './target';

interface Rule {
  Condition: string;
  Assign: { problem: string };
}

/** Throws a UsageError if the workflow would refuse the input, or would find nothing to process. */
export async function checkInput(target: Target, input: ExecutionInput): Promise<void> {
  await checkRules(target, input);
  if (input.prefix !== undefined) await checkPrefix(target, input.prefix);
  if (input.manifest) await checkManifest(target, input.manifest.Key);
}

/** Throws a UsageError if the workflow would refuse the input. */
export async function checkRules(target: Target, input: ExecutionInput): Promise<void> {
  const problem = await inputProblem(await readRules(target), input as unknown as Json);
  if (problem) throw new UsageError(problem);
}

/** The rules by which the state machine itself, as deployed, refuses input: one definition of them. */
async function readRules({ clients, deployment }: Target): Promise<Rule[]> {
  const command = new DescribeStateMachineCommand({ stateMachineArn: deployment.stateMachineArn });
  const { definition } = await clients.sfn.send(command);
  return JSON.parse(definition ?? '').States.ValidateInput.Choices;
}

/** What the first rule that applies says of the input; undefined if none does. Throws a UsageError for a broken rule. */
export async function inputProblem(rules: Rule[], input: Json): Promise<string | undefined> {
  const expressions = new Expressions();
  const evaluate = (template: string, field: string) =>
    expressions.evaluate(template, { variables: {}, states: { input, context: {} } }, field, {
      owner: rules,
    });
  try {
    for (const [index, { Condition, Assign }] of rules.entries()) {
      if (!(await evaluate(Condition, `Choices[${index}]/Condition`))) continue;
      return String(await evaluate(Assign.problem, `Choices[${index}]/Assign/problem`));
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    throw new UsageError(`The state machine would fail on this input: ${error.message}`);
  } finally {
    await expressions.close();
  }
}

async function checkPrefix({ clients, deployment, locate }: Target, prefix: string): Promise<void> {
  const Bucket = deployment.bucketName;
  const found = await clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: 1 }));
  if (found.KeyCount) return;
  const { CommonPrefixes } = await clients.s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  const folders = (CommonPrefixes ?? []).map(({ Prefix }) => Prefix).join(', ');
  const remedy = folders ? `${locate('')} has ${folders}` : `${locate('')} is empty`;
  const slash = prefix.startsWith('/') ? ', and keys do not start with a slash' : '';
  throw new UsageError(`There are no objects whose key starts with "${prefix}": ${remedy}${slash}.`);
}

async function checkManifest({ clients, deployment, locate }: Target, key: string): Promise<void> {
  try {
    await clients.s3.send(new HeadObjectCommand({ Bucket: deployment.bucketName, Key: key }));
  } catch (error) {
    if (!(error instanceof S3ServiceException) || error.$metadata.httpStatusCode !== 404) throw error;
    throw new UsageError(
      `There is no manifest "${key}" (${locate(key)}): put it there, one {"Key": "…"} a line.`,
    );
  }
}
