/**
 * The secrets of a container: ECS reads them with the task execution role before it starts the container, and stops a task whose secrets
 * it cannot read. Their values are those of this machine.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
 */
import type { Policies } from '../../core/gateway';
import { ServiceError } from '../../core/service';
import type { ContainerDefinition } from './task';

export interface SecretReader {
  policies: Policies;
  account: string;
  partition: string;
  /** By variable. A variable without a value here is a secret that does not exist. */
  values: Record<string, string>;
}

/** Variables with their values. Throws a ServiceError, in ECS's words, for one that the role may not read, or that does not exist. */
export function readSecrets(
  { secrets = [] }: ContainerDefinition,
  executionRoleArn: string | undefined,
  reader: SecretReader,
): Record<string, string> {
  return Object.fromEntries(
    secrets.map(({ name, valueFrom }) => {
      const problem = readProblem(valueFrom, name, executionRoleArn, reader);
      if (!problem) return [name, reader.values[name] ?? ''];
      throw new ServiceError(
        'ResourceInitializationError',
        `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ${problem}`,
      );
    }),
  );
}

function readProblem(
  valueFrom: string,
  name: string,
  executionRoleArn: string | undefined,
  { policies, account, partition, values }: SecretReader,
): string | undefined {
  const isParameter = valueFrom.split(':')[2] === 'ssm';
  // The JSON key, the stage and the version do not belong to the secret's ARN.
  const arn = isParameter ? valueFrom : valueFrom.split(':').slice(0, 7).join(':');
  const action = isParameter ? 'ssm:GetParameters' : 'secretsmanager:GetSecretValue';
  const failed = isParameter
    ? 'unable to retrieve secrets from ssm: service call has been retried 1 time(s)'
    : `unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${arn} from secrets manager`;
  if (executionRoleArn === undefined) return `${failed}: the task definition has no execution role`;
  const roleName = executionRoleArn.split('/').at(-1) ?? '';
  const caller = {
    accessKeyId: '',
    arn: `arn:${partition}:sts::${account}:assumed-role/${roleName}/ecs`,
    roleName,
  };
  const denial = policies.denial(caller, { action, resources: [arn] });
  if (denial) return `${failed}: AccessDeniedException: ${denial}`;
  if (Object.hasOwn(values, name)) return undefined;
  return isParameter
    ? `${failed}: invalid parameters: ${arn.split(':parameter')[1]}`
    : `${failed}: ResourceNotFoundException: Secrets Manager can't find the specified secret.`;
}
