/** Puts the worker's image into the deployment's ECR repository. */
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { type BundleSettings, bundleWorker, type WorkerBundle } from '../../../bundles';
import type { Progress } from '../../cli/progress';
import { UsageError } from '../../cli/usage-error';
import type { AwsDeployment } from '../aws-deployment';
import { buildAndPush, dockerLogIn, dockerProblem } from './docker';
import { isPushed, parseImageUri } from './image';

/** https://docs.docker.com/build/building/multi-platform/ */
const PLATFORMS: Record<string, string> = { x86_64: 'linux/amd64', arm64: 'linux/arm64' };

/**
 * Builds and pushes what the task definition names, unless it is there already. Throws a UsageError if the code of the
 * working tree is not what was deployed, or Docker is missing.
 */
export async function pushImage(
  deployment: AwsDeployment,
  settings: BundleSettings,
  progress: Progress,
): Promise<void> {
  const { workerImageUri, architecture, clusterName, serviceName } = deployment;
  const { imageTag } = parseImageUri(workerImageUri);
  progress.step('Bundling the worker');
  const worker = bundleWorker(settings);
  const current = worker.imageTag(architecture);
  if (current !== imageTag) {
    throw new UsageError(
      `The worker has changed since it was deployed (tag ${imageTag} is deployed, ${current} is here): run \`npm run deploy\`, which also pushes.`,
    );
  }
  if (!(await buildUnlessThere(deployment, worker, workerImageUri, architecture, progress))) return;
  // ECS waits longer and longer between tries of a task that cannot start, as long as the service stays as it is:
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
  await deployment.batch.clients.ecs.send(
    new UpdateServiceCommand({ cluster: clusterName, service: serviceName, forceNewDeployment: true }),
  );
}

/** Pushes the working tree's image for a deployment that is about to be updated, so that its new workers can start at once. */
export async function pushAhead(
  deployment: AwsDeployment,
  { architecture, ...settings }: BundleSettings & { architecture: string },
  progress: Progress,
): Promise<void> {
  progress.step('Bundling the worker');
  const repository = deployment.workerImageUri.replace(/:[^:/]+$/, '');
  const worker = bundleWorker(settings);
  const imageUri = `${repository}:${worker.imageTag(architecture)}`;
  await buildUnlessThere(deployment, worker, imageUri, architecture, progress);
}

/** Whether it was built and pushed now. */
async function buildUnlessThere(
  deployment: AwsDeployment,
  worker: WorkerBundle,
  imageUri: string,
  architecture: string,
  progress: Progress,
): Promise<boolean> {
  progress.step('Looking into the repository');
  if (await isPushed(deployment, imageUri)) {
    progress.note(`The repository already has the image: ${imageUri}`);
    return false;
  }
  const problem = await dockerProblem();
  if (problem) throw new UsageError(problem);
  const { registry } = parseImageUri(imageUri);
  progress.step(`Logging Docker in to ${registry}`);
  const { user, password } = await authorize(deployment);
  await dockerLogIn(registry, user, password);
  progress.note(`Building and pushing ${imageUri}`);
  await buildAndPush(worker.writeImageContext(), imageUri, PLATFORMS[architecture] ?? architecture);
  progress.note(`Pushed ${imageUri}`);
  return true;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html */
async function authorize({ ecr }: AwsDeployment): Promise<{ user: string; password: string }> {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString('utf8');
  const separator = token.indexOf(':');
  return { user: token.slice(0, separator), password: token.slice(separator + 1) };
}
