/** Terraform as a test may use it: with an AWS provider that is on the machine, never one from the network. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;

/**
 * A folder that is laid out as a Terraform filesystem mirror and holds the AWS provider for this platform: the plug-in cache, where
 * Terraform itself looks (https://developer.hashicorp.com/terraform/cli/config/config-file), or one below the usual folders of installed
 * software.
 */
export function providerMirror(): string | undefined {
  const usual = [join(homedir(), '.terraform.d'), '/opt', '/usr/local/share', '/usr/share', '/var/lib'];
  const folders = [
    process.env.TF_PLUGIN_CACHE_DIR ?? '',
    ...usual.flatMap((folder) => [folder, ...below(folder)]),
  ];
  return folders.find((folder) => providers(folder).length > 0);
}

/** Folders of a mirror that hold a suitable version of the AWS provider: `<host>/<namespace>/<type>/<version>/<platform>`. */
function providers(mirror: string): string[] {
  return below(mirror)
    .flatMap((host) => below(join(host, 'hashicorp', 'aws')))
    .filter(suits)
    .map((version) => join(version, PLATFORM))
    .filter(existsSync);
}

/** `>= 5.100.0, < 7.0.0`, as the stack requires. */
function suits(versionFolder: string): boolean {
  const [major = 0, minor = 0] = (versionFolder.split(/[\\/]/).at(-1) ?? '').split('.').map(Number);
  return (major === 5 && minor >= 100) || major === 6;
}

function below(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/**
 * Environment in which Terraform takes its provider from `mirror` and uses no network; the configuration is in `folder`. `init` installs
 * the provider as usual. The commands after it run the provider from the mirror: before each start, Terraform would hash the 700 MB that it
 * has installed, which is a third of the processor time of a command.
 * https://developer.hashicorp.com/terraform/cli/config/config-file#development-overrides-for-provider-developers
 */
export function terraformEnvironment(mirror: string, folder: string): NodeJS.ProcessEnv {
  const configuration = join(folder, 'terraform.rc');
  const provider = providers(mirror).at(-1);
  writeFileSync(
    configuration,
    `provider_installation {
  dev_overrides {
    "hashicorp/aws" = ${JSON.stringify(provider)}
  }
  filesystem_mirror {
    path = ${JSON.stringify(mirror)}
  }
}
`,
  );
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    // test/support/environment.ts sets it.
    GOGC: process.env.GOGC,
    TF_CLI_CONFIG_FILE: configuration,
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
    // cdktf would keep a cache of plug-ins in the home folder. Then Terraform could not use a mirror there.
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
  };
}

export interface Ended {
  status: number | null;
  /** The text that it wrote to either stream. */
  output: string;
}

/** Runs a command to its end. Asynchronous, so that an emulator in this process can answer it meanwhile. */
export function run(
  command: string,
  parameters: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      parameters,
      { ...options, maxBuffer: 2 ** 26 },
      (_error, stdout, stderr) => {
        resolve({ status: child.exitCode, output: stdout + stderr });
      },
    );
  });
}

/** Runs `terraform` in a synthesized stack's folder. */
export function terraform(cwd: string, env: NodeJS.ProcessEnv, ...parameters: string[]): Promise<Ended> {
  return run('terraform', parameters, { cwd, env });
}
