/**
 * The roles that AWS services use in an account. The first use of a service makes its role, and fails now and then because the role is
 * not there yet: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
 */
import {
  CreateServiceLinkedRoleCommand,
  GetRoleCommand,
  IAMClient,
  IAMServiceException,
} from '@aws-sdk/client-iam';
import type { Config } from '../../../stacks/settings/complete-config';
import { awsConfig } from './aws';

const ECS = { role: 'AWSServiceRoleForECS', service: 'ecs.amazonaws.com' };
const AUTO_SCALING = { role: 'AWSServiceRoleForAutoScaling', service: 'autoscaling.amazonaws.com' };
const SPOT = { role: 'AWSServiceRoleForEC2Spot', service: 'spot.amazonaws.com' };

const TAKEN = ['InvalidInputException', 'EntityAlreadyExistsException'];

export type ServiceLinkedRole = typeof ECS;

/** Those that the account does not have. */
export async function missingServiceLinkedRoles({ region, spot }: Config): Promise<ServiceLinkedRole[]> {
  const iam = new IAMClient(awsConfig(region));
  const isMissing = async ({ role }: ServiceLinkedRole) => {
    try {
      await iam.send(new GetRoleCommand({ RoleName: role }));
      return false;
    } catch (error) {
      if (error instanceof IAMServiceException && error.name === 'NoSuchEntityException') return true;
      throw error;
    }
  };
  try {
    const needed = [ECS, AUTO_SCALING, ...(spot ? [SPOT] : [])];
    const missing = await Promise.all(needed.map(isMissing));
    return needed.filter((_, index) => missing[index]);
  } finally {
    iam.destroy();
  }
}

/** They are the account's, not the stack's, and stay after a cleanup. */
export async function makeServiceLinkedRoles(roles: ServiceLinkedRole[], { region }: Config): Promise<void> {
  const iam = new IAMClient(awsConfig(region));
  try {
    for (const { service } of roles) {
      await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: service })).catch((error) => {
        // Made meanwhile: IAM says that the name is taken.
        if (!(error instanceof IAMServiceException) || !TAKEN.includes(error.name)) throw error;
      });
    }
  } finally {
    iam.destroy();
  }
}
