/** Terraform, and the CDKTF command that drives it. */
import type { Config } from '../../stacks/config';
import { variablesOf } from '../../stacks/settings';
import { ask, runVisibly } from '../cli/child';

/** cdktf 0.21 asks for 1.2; native locking of the S3 backend came with 1.11. */
const MINIMUM = { local: '1.2.0', s3: '1.11.0' };

/** The variable by which cdktf itself finds it. */
const TERRAFORM = process.env.TERRAFORM_BINARY_NAME || 'terraform';

/** The problem with this machine's Terraform, and the remedy; undefined if there is none. */
export async function terraformProblem(config: Config): Promise<string | undefined> {
  const minimum = config.stateBucket ? MINIMUM.s3 : MINIMUM.local;
  const install = `Install Terraform ${minimum} or later: https://developer.hashicorp.com/terraform/install`;
  const answer = await ask(TERRAFORM, ['version', '-json']);
  if (!answer) return `${TERRAFORM} is not installed. ${install}`;
  const version = /"terraform_version":\s*"(\d+\.\d+\.\d+)/.exec(answer.stdout)?.[1];
  if (!version) return `\`${TERRAFORM} version\` fails: ${answer.stderr.trim()}. ${install}`;
  if (compareVersions(version, minimum) >= 0) return undefined;
  return `Terraform is ${version}${config.stateBucket ? ', which cannot lock a state in S3' : ''}. ${install}`;
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** With the stack synthesized for `config`. Resolves to the exit code. cdktf takes each option from the environment as well: `CDKTF_SKIP_PROVIDER_LOCK=true`. */
export function cdktf(
  command: 'deploy' | 'destroy' | 'synth',
  args: string[],
  config: Config,
): Promise<number> {
  const program = require.resolve('cdktf-cli/bundle/bin/cdktf');
  return runVisibly(process.execPath, [program, command, ...args], variablesOf(config));
}

/**
 * Makes Terraform forget resources without touching them, so that a destroy leaves them alone. Resolves to the exit code.
 */
export async function forget(addresses: string[], config: Config): Promise<number> {
  const synthesized = await cdktf('synth', [], config);
  if (synthesized !== 0) return synthesized;
  const folder = `-chdir=${process.env.CDKTF_OUTPUT || 'cdktf.out'}/stacks/${config.namePrefix}`;
  const initialized = await runVisibly(TERRAFORM, [folder, 'init', '-input=false']);
  if (initialized !== 0) return initialized;
  return runVisibly(TERRAFORM, [folder, 'state', 'rm', ...addresses]);
}
