/** STS: who am I. No role of the stack trusts anybody but services, which do not ask here. */
import * as z from 'zod';
import type { Core, LocalService } from '../../core/local-service';
import { operation } from '../../core/service';

export function createSts({ stack }: Pick<Core, 'stack'>): LocalService {
  return {
    service: {
      name: 'sts',
      protocol: 'query',
      operations: {
        GetCallerIdentity: operation({
          input: z.object({}),
          // Needs no permission on AWS: a caller with credentials may ask whose they are.
          authorize: () => ({ action: 'sts:GetCallerIdentity', resources: [] }),
          run: (_input, { caller: { arn, roleName, accessKeyId } }) => ({
            UserId: roleName ? `AROA:${arn.split('/').at(-1)}` : accessKeyId,
            Account: stack.accountAndRegion.account,
            Arn: arn,
          }),
        }),
      },
    },
  };
}
