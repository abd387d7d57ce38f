/** Puts the worker's image into the deployment's ECR repository. */
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { bundleRuntime } from '../../stacks/bundles';
import type { AwsTarget } from './aws-target';
import { UsageError } from './command';
import { buildAndPush, dockerLogIn, dockerProblem } from './docker';
import { isPushed, parseImageUri } from './image';
import type { Progress } from './progress';

/** https://docs.docker.com/build/building/multi-platform/ */
const PLATFORMS: Record<string, string> = { x86_64: 'linux/amd64', arm64: 'linux/arm64' };

/**
 * Builds and pushes what the task definition names, unless it is there already. Throws a UsageError if the code of the
 * working tree is not what was deployed, or Docker is missing.
 */
export async function pushImage(target: AwsTarget, progress: Progress): Promise<void> {
  const { workerImageUri, architecture } = target.deployment;
  const { registry, imageTag } = parseImageUri(workerImageUri);
  progress.step('Bundling the worker');
  const current = bundleRuntime().worker.imageTag(architecture);
  if (current !== imageTag) {
    throw new UsageError(
      `The worker has changed since it was deployed (tag ${imageTag} is deployed, ${current} is here): run \`npm run deploy\` first, it pushes as well.`,
    );
  }
  progress.step('Looking into the repository');
  if (await isPushed(target)) {
    progress.note(`The image is in the repository already: ${workerImageUri}`);
    return;
  }
  const problem = await dockerProblem();
  if (problem) throw new UsageError(problem);
  progress.step(`Logging Docker in to ${registry}`);
  const { user, password } = await authorize(target);
  await dockerLogIn(registry, user, password);
  progress.note(`Building and pushing ${workerImageUri}`);
  await buildAndPush(workerImageUri, PLATFORMS[architecture] ?? architecture);
  progress.note(`Pushed ${workerImageUri}`);
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html */
async function authorize({ ecr }: AwsTarget): Promise<{ user: string; password: string }> {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString('utf8');
  const separator = token.indexOf(':');
  return { user: token.slice(0, separator), password: token.slice(separator + 1) };
}
