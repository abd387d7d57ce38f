/** Docker: builds the worker's image and pushes it. */
import { ask, runVisibly } from '../../cli/child';
import { programEnvironment } from '../account/credentials';

const INSTALL =
  'Install Docker (https://docs.docker.com/get-started/get-docker/), start it, or run this on a machine that has it.';

/** The problem with this machine's Docker, and the remedy; undefined if there is none. */
export async function dockerProblem(): Promise<string | undefined> {
  const version = await ask('docker', ['version', '--format', '{{.Server.Version}}']);
  if (!version) return `Docker, which builds the worker's image, is not installed. ${INSTALL}`;
  if (version.code !== 0) return `No Docker engine answers (${lastLine(version.stderr)}). ${INSTALL}`;
  const buildx = await ask('docker', ['buildx', 'version']);
  if (buildx?.code === 0) return undefined;
  return 'Docker has no buildx: install its plugin (https://docs.docker.com/build/concepts/overview/#buildx).';
}

/** The password goes through standard input, because everybody on the machine can read arguments. */
export async function dockerLogIn(registry: string, user: string, password: string): Promise<void> {
  const answer = await ask('docker', ['login', '--username', user, '--password-stdin', registry], password);
  if (answer?.code !== 0)
    throw new Error(`docker login to ${registry} failed: ${lastLine(answer?.stderr ?? '')}`);
}

/** Builds the Dockerfile of a build context for one platform and pushes the image. Throws if either fails; Docker's output says why. */
export async function buildAndPush(context: string, imageUri: string, platform: string): Promise<void> {
  const args = [
    'buildx',
    'build',
    '--platform',
    platform,
    '--provenance=false',
    '--tag',
    imageUri,
    '--push',
    context,
  ];
  const code = await runVisibly('docker', args, programEnvironment());
  if (code !== 0)
    throw new Error(
      `docker buildx build ended with exit code ${code}: see its output above; \`npm run push\` tries again.`,
    );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
