/** The worker's image in the deployment's ECR repository. */
import { DescribeImagesCommand, ECRServiceException } from '@aws-sdk/client-ecr';
import { UsageError } from '../../cli/usage-error';
import type { AwsDeployment } from '../aws-deployment';

/** `<registry>/<repository>:<tag>` */
export function parseImageUri(uri: string) {
  const [, registry = '', repositoryName = '', imageTag = ''] = /^([^/]+)\/(.+):([^:/]+)$/.exec(uri) ?? [];
  return { registry, repositoryName, imageTag };
}

/** Whether an image, by default the one that the task definition names, is in the repository. */
export async function isPushed(
  { ecr, workerImageUri }: AwsDeployment,
  imageUri = workerImageUri,
): Promise<boolean> {
  const { repositoryName, imageTag } = parseImageUri(imageUri);
  try {
    await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }));
    return true;
  } catch (error) {
    if (error instanceof ECRServiceException && error.name === 'ImageNotFoundException') return false;
    throw error;
  }
}

/** Throws a UsageError if the workers could not start for want of their image. */
export async function checkImage(deployment: AwsDeployment): Promise<void> {
  try {
    if (await isPushed(deployment)) return;
  } catch (error) {
    // A user who may start executions may lack the right to look into the repository: then the workflow finds out.
    if (error instanceof ECRServiceException && error.name === 'AccessDeniedException') return;
    throw error;
  }
  throw new UsageError(
    `The worker's image ${deployment.workerImageUri} is not in its repository yet: run \`npm run push\`.`,
  );
}
