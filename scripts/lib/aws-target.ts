/** The deployment on AWS, as the Terraform state knows it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../stacks/config';
import { createClients, readDeployment, type Target } from './target';

const ROOT = join(__dirname, '..', '..');

/** Undefined if there is no deployment in the Terraform state, terraform.<stack>.tfstate beside cdktf.json. */
export function findAwsTarget(): Target | undefined {
  const outputs = readOutputs(join(ROOT, `terraform.${loadConfig().namePrefix}.tfstate`));
  if (!outputs?.state_machine_arn) return undefined;
  const deployment = readDeployment(outputs);
  return {
    kind: 'aws',
    deployment,
    clients: createClients({ region: deployment.region }),
    locate: (key) => `s3://${deployment.bucketName}/${key}`,
    close: async () => {},
  };
}

function readOutputs(stateFile: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(stateFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { outputs } = JSON.parse(text) as { outputs: Record<string, { value: unknown }> };
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}
