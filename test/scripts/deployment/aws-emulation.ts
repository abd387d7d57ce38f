/** The parts that a deployment without AWS needs: Terraform, its AWS provider on this machine, and the emulator. */
import { type Emulator, startEmulator } from '../../stacks/emulator';
import { providerMirror, terraformEnvironment } from '../../stacks/terraform';
import { commandOnPath, isMissing } from '../../support/tools';

const EMULATOR = 'moto_server';

/** Says in one line what this machine lacks, if it lacks anything. */
export function cannotDeploy(test: string): boolean {
  return isMissing(test, {
    terraform: commandOnPath('terraform'),
    'the AWS provider': providerMirror(),
    [EMULATOR]: commandOnPath(EMULATOR),
  });
}

export interface AwsEmulation {
  emulator: Emulator;
  /** The variables by which scripts and Terraform find the emulator and the provider. */
  environment: Record<string, string>;
}

/** `folder` gets Terraform's configuration file. */
export async function startAwsEmulation(folder: string): Promise<AwsEmulation> {
  const emulator = await startEmulator(String(commandOnPath(EMULATOR)));
  return {
    emulator,
    environment: {
      ...(terraformEnvironment(String(providerMirror()), folder) as Record<string, string>),
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  };
}
