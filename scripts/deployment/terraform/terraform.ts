/** Terraform, in the folder of one synthesized stack. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../../stacks/settings/complete-config';
import { ask } from '../../cli/child';
import type { Progress } from '../../cli/progress';
import { tell } from '../../cli/terminal';
import { UsageError } from '../../cli/usage-error';
import { type Change, changesOf } from './plan';
import { type Ended, runTerraform } from './process';
import { stateLocation } from './state';
import { terraformEnvironment } from './variables';

/** Import blocks came with 1.5, native locking of the S3 backend with 1.11. */
const MINIMUM = { local: '1.5.0', s3: '1.11.0' };

/** The variable by which cdktf itself finds it. */
const TERRAFORM = process.env.TERRAFORM_BINARY_NAME || 'terraform';

const PLAN_FILE = 'deploy.tfplan';

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

/** A resource that exists on AWS, and that Terraform is to import. */
export interface Importable {
  address: string;
  /** By which the provider finds it. */
  id: string;
}

export class Terraform {
  private constructor(
    private readonly config: Config,
    private readonly stackFolder: string,
  ) {}

  /** Initializes the folder: the backend, and the AWS provider, which the first time is a download. */
  static async init(config: Config, stackFolder: string, progress: Progress): Promise<Terraform> {
    progress.step('Initializing Terraform (the first time, it downloads the AWS provider)');
    const terraform = new Terraform(config, stackFolder);
    // The state is where the configuration says, whatever an earlier run used.
    await terraform.quietly('init', '-input=false', '-no-color', '-reconfigure');
    return terraform;
  }

  /** The changes that an apply would make; what is `imported` is then in the state. Changes nothing. */
  async plan(progress: Progress, imported: Importable[] = []): Promise<Change[]> {
    progress.step('Planning the changes');
    const blocks = imported.map(({ address, id }) => ({ to: address, id }));
    await writeFile(join(this.stackFolder, 'import.tf.json'), JSON.stringify({ import: blocks }));
    await this.quietly('plan', '-input=false', '-no-color', `-out=${PLAN_FILE}`);
    return changesOf(await this.quietly('show', '-json', PLAN_FILE));
  }

  /** Makes the changes of the last plan and no others: Terraform refuses it if the state has changed since. */
  async apply(): Promise<number> {
    return this.visibly('apply', '-input=false', PLAN_FILE);
  }

  /** Destroys all that is in the state. */
  async destroy(): Promise<number> {
    return this.visibly('destroy', '-input=false', '-auto-approve');
  }

  /** Makes Terraform forget resources without touching them, so that a destroy leaves them alone. */
  async forget(addresses: string[]): Promise<void> {
    await this.quietly('state', 'rm', ...addresses);
  }

  private async visibly(...args: string[]): Promise<number> {
    const color = process.stdout.isTTY ? [] : ['-no-color'];
    const [command = '', ...rest] = args;
    return (await this.run([command, ...color, ...rest], true)).code;
  }

  /** Returns what it printed. Throws a UsageError if another run holds the lock, an Error after any other failure. */
  private async quietly(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, false);
    if (code === 0) return stdout;
    const holder = lockHolder(stderr);
    if (holder) {
      throw new UsageError(
        `Another run has locked the state ${stateLocation(this.config)} (${holder}): wait for its end, or see "Error acquiring the state lock" in docs/operations.md if it was killed.`,
      );
    }
    tell(`${stdout}${stderr}`.trim().split('\n'));
    throw new Error(`terraform ${args[0]} ended with exit code ${code}: its output above says why.`);
  }

  private run(args: string[], visible: boolean): Promise<Ended> {
    const environment = terraformEnvironment();
    return runTerraform(TERRAFORM, [`-chdir=${this.stackFolder}`, ...args], { environment, visible });
  }
}

/** `root@host since 2026-11-26 …, id 1a2b…`: from Terraform's description of the lock. */
function lockHolder(stderr: string): string | undefined {
  if (!stderr.includes('Error acquiring the state lock')) return undefined;
  const field = (name: string) => new RegExp(`${name}: +(.*)`).exec(stderr)?.[1]?.trim() ?? 'unknown';
  return `${field('Who')} since ${field('Created')}, id ${field('ID')}`;
}
