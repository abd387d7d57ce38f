/**
 * The setting `secrets`: the variables of processors whose values ECS reads from Secrets Manager or SSM when it starts a worker.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
 */
import { partitionOf } from '../core/partition';
import type { Statement } from '../core/service-role';

/** A secret or a parameter: what its permission names. */
interface SecretReference {
  service: 'secretsmanager' | 'ssm';
  partition: string;
  /** Without the JSON key, the stage and the version. */
  arn: string;
}

/** Secrets Manager adds a hyphen and six characters to the name: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html */
const SECRET = /^arn:([^:]+):secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}/;
/** JSON key, stage, version id. Each may be empty; ECS takes all three or none. */
const PARTS = /^(?::([^:]*):([^:]*):([^:]*))?$/;
const PARAMETER = /^arn:([^:]+):ssm:[a-z0-9-]+:\d{12}:parameter\/[\w./-]+$/;

/** Of the 10,240 characters of an IAM role's inline policies, those for secrets and their keys. */
const MAX_POLICY_CHARACTERS = 8192;

export interface SecretSettings {
  region: string;
  secrets: Record<string, string>;
  secretKeyArns: string[] | undefined;
  processorEnvironment: Record<string, string>;
}

/** Undefined for what is not the ARN of a secret or of a parameter. */
function parseReference(valueFrom: string): SecretReference | undefined {
  const [arn = '', partition = ''] = SECRET.exec(valueFrom) ?? [];
  const parts = arn && PARTS.exec(valueFrom.slice(arn.length));
  // Secrets Manager takes a stage or a version: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
  if (parts) return parts[2] && parts[3] ? undefined : { service: 'secretsmanager', partition, arn };
  const [parameter, its = ''] = PARAMETER.exec(valueFrom) ?? [];
  return parameter ? { service: 'ssm', partition: its, arn: parameter } : undefined;
}

/** Why the secrets cannot be, in one line that shows none of their values: somebody may have put the secret itself there. */
export function secretsProblem({
  region,
  secrets,
  secretKeyArns = [],
  processorEnvironment,
}: SecretSettings): string | undefined {
  const partition = partitionOf(region);
  let characters = secretKeyArns.join().length;
  for (const [name, valueFrom] of Object.entries(secrets)) {
    if (Object.hasOwn(processorEnvironment, name))
      return `${name} is in processorEnvironment (--env) as well: keep it in one of them`;
    const reference = parseReference(valueFrom);
    if (!reference) {
      return (
        `${name} is not the ARN of a secret in Secrets Manager or of a parameter in SSM: give ` +
        'arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>, followed by nothing or by ' +
        ':<json key>:<version stage>:<version id> (parts may be empty, a stage and an id exclude each other), or ' +
        'arn:aws:ssm:<region>:<account>:parameter/<name>'
      );
    }
    if (reference.partition !== partition) {
      return `${name} is in the partition ${reference.partition}: ${region} is in ${partition}, and no role reads across partitions`;
    }
    characters += reference.arn.length + 3;
  }
  if (secretKeyArns.length > 0 && Object.keys(secrets).length === 0)
    return 'there are none, but secretKeyArns has keys: leave those out';
  if (characters <= MAX_POLICY_CHARACTERS) return undefined;
  return `their ARNs have ${characters} characters, and the policy of a role has room for ${MAX_POLICY_CHARACTERS}: put several values into one secret, as JSON`;
}

/** The member `secrets` of the container definition, sorted by name, so that their order in the setting replaces no worker. */
export function containerSecrets(secrets: Record<string, string>): { name: string; valueFrom: string }[] {
  return Object.entries(secrets)
    .map(([name, valueFrom]) => ({ name, valueFrom }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the task execution role needs to read them: these secrets, parameters and keys, and no others. */
export function secretStatements({
  secrets,
  secretKeyArns = [],
}: Pick<SecretSettings, 'secrets' | 'secretKeyArns'>): Statement[] {
  const references = Object.values(secrets).flatMap((valueFrom) => parseReference(valueFrom) ?? []);
  const arns = (service: SecretReference['service']) =>
    [...new Set(references.filter((each) => each.service === service).map(({ arn }) => arn))].sort();
  return [
    { Sid: 'ReadSecrets', Action: ['secretsmanager:GetSecretValue'], Resource: arns('secretsmanager') },
    { Sid: 'ReadParameters', Action: ['ssm:GetParameters'], Resource: arns('ssm') },
    { Sid: 'DecryptSecrets', Action: ['kms:Decrypt'], Resource: secretKeyArns },
  ].filter(({ Resource }) => Resource.length > 0);
}

/** Services of the region that workers reach only because of secrets, as VPC endpoints name them. */
export function secretServices({ region, secrets }: Pick<SecretSettings, 'region' | 'secrets'>): string[] {
  const services = Object.values(secrets).map((valueFrom) => valueFrom.split(':').slice(2, 4));
  return [...new Set(services.filter(([, its]) => its === region).map(([service = '']) => service))].sort();
}
