/** Makes the changes of a prepared deployment: the image, the account's roles, the stack. */
import type { Progress } from '../cli/progress';
import { makeServiceLinkedRoles } from './account/service-linked-roles';
import { type AwsDeployment, findDeployment, requireDeployment } from './aws-deployment';
import { pushAhead, pushImage } from './image/push-image';
import type { Prepared } from './prepare';

/** Returns what is deployed then, or the failure as a text. A second run goes on where the first stopped. */
export async function apply(
  { config, roles, terraform }: Prepared,
  skipImage: boolean | undefined,
  progress: Progress,
): Promise<AwsDeployment | string> {
  // An update replaces running workers, so their new image must be there first.
  const deployed = skipImage ? undefined : await findDeployment({ config });
  if (deployed) await pushAhead(deployed, config, progress);
  await makeServiceLinkedRoles(roles, config);
  progress.end();
  const code = await terraform.apply();
  if (code !== 0) return `terraform apply ended with exit code ${code}`;
  const made = await requireDeployment({ config });
  if (!skipImage) await pushImage(made, config, progress);
  progress.end();
  return made;
}
