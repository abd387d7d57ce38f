/** Amazon ECR: the stack's repositories, with the images that the stack itself has the content of. */
import { createHash } from 'node:crypto';
import { type OperationsService, ServiceError } from '../service';
import type { Attributes, Stack } from '../stack/stack';

interface RepositoryInput {
  repositoryName: string;
}

/** `images` holds a folder for each image's URI. */
export function createEcr(stack: Stack, images: ReadonlyMap<string, string>): OperationsService {
  const repositories = stack.resources('aws_ecr_repository').map(({ attributes }) => attributes);
  const created = new Date();
  const find = (name: string): Attributes => {
    const found = repositories.find((repository) => repository.name === name);
    if (found) return found;
    const message = `The repository with name '${name}' does not exist in the registry with id '${stack.place.account}'`;
    throw new ServiceError('RepositoryNotFoundException', message);
  };
  const onRepository =
    (action: string) =>
    ({ repositoryName }: RepositoryInput) => ({
      action: `ecr:${action}`,
      resources: [repositories.find(({ name }) => name === repositoryName)?.arn ?? '*'],
    });

  return {
    name: 'ecr',
    protocol: 'json',
    operations: {
      DescribeRepositories: {
        run: ({ repositoryNames }: { repositoryNames?: string[] }) => ({
          repositories: (repositoryNames?.map(find) ?? repositories).map(({ name, arn, repository_url }) => ({
            repositoryName: name,
            repositoryArn: arn,
            repositoryUri: repository_url,
            registryId: stack.place.account,
            createdAt: created,
          })),
        }),
      },
      DescribeImages: {
        authorize: onRepository('DescribeImages'),
        run({ repositoryName, imageIds }: RepositoryInput & { imageIds?: { imageTag?: string }[] }) {
          const { repository_url: url } = find(repositoryName);
          const tags = [...images.keys()]
            .filter((uri) => uri.startsWith(`${url}:`))
            .map((uri) => uri.slice(url.length + 1));
          const missing = imageIds?.find(
            ({ imageTag }) => imageTag !== undefined && !tags.includes(imageTag),
          );
          if (missing) {
            const id = `{imageDigest:'null', imageTag:'${missing.imageTag}'}`;
            const message = `The image with imageId ${id} does not exist within the repository with name '${repositoryName}' in the registry with id '${stack.place.account}'`;
            throw new ServiceError('ImageNotFoundException', message);
          }
          const wanted = tags.filter((tag) => imageIds?.some(({ imageTag }) => imageTag === tag) ?? true);
          return {
            imageDetails: wanted.map((tag) => ({
              registryId: stack.place.account,
              repositoryName,
              imageTags: [tag],
              imageDigest: `sha256:${createHash('sha256').update(tag).digest('hex')}`,
              imagePushedAt: created,
            })),
          };
        },
      },
    },
  };
}
