/** STS: who am I, and a session of another role. */
import type { StackIdentities } from '../iam/identities';
import type { StackPolicies } from '../iam/policies';
import type { Role } from '../iam/role';
import { type OperationsService, ServiceError } from '../service';

export function createSts(options: {
  account: string;
  roles: ReadonlyMap<string, Role>;
  identities: StackIdentities;
  policies: StackPolicies;
}): OperationsService {
  return {
    name: 'sts',
    protocol: 'query',
    operations: {
      GetCallerIdentity: {
        // Needs no permission on AWS: whoever has credentials may ask whose they are.
        authorize: () => ({ action: 'sts:GetCallerIdentity', resources: [] }),
        run: (_input, { caller }) => ({
          UserId: caller.roleName ? `AROA:${caller.arn.split('/').at(-1)}` : caller.accessKeyId,
          Account: options.account,
          Arn: caller.arn,
        }),
      },
      AssumeRole: {
        authorize: ({ RoleArn }) => ({ action: 'sts:AssumeRole', resources: [RoleArn] }),
        async run(input: { RoleArn: string; RoleSessionName: string }, { caller }) {
          const role = options.roles.get(input.RoleArn.split('/').at(-1) ?? '');
          if (!role)
            throw new ServiceError('NoSuchEntity', `The role ${input.RoleArn} cannot be found.`, 404);
          if (options.policies.assumeRoleRefusal(role, caller.arn, caller.arn)) {
            const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${role.arn}`;
            throw new ServiceError('AccessDenied', message, 403);
          }
          const { accessKeyId, secretAccessKey, sessionToken, expiration } = options.identities.issue(
            role,
            input.RoleSessionName,
          );
          const arn = options.identities.find(accessKeyId)?.caller.arn;
          return {
            Credentials: {
              AccessKeyId: accessKeyId,
              SecretAccessKey: secretAccessKey,
              SessionToken: sessionToken,
              Expiration: expiration,
            },
            AssumedRoleUser: { Arn: arn, AssumedRoleId: `AROA:${input.RoleSessionName}` },
          };
        },
      },
    },
  };
}
