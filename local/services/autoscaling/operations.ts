/** Amazon EC2 Auto Scaling: the API of the groups. */
import * as z from 'zod';
import { list, queryInteger, text } from '../../core/members';
import { page } from '../../core/pages';
import { type OperationsService, operation, ServiceError } from '../../core/service';
import type { AutoScalingGroup } from './auto-scaling-group';

const AutoScalingGroupName = text(1, 255);
const NextToken = z.string().optional();
const groupNames = list(AutoScalingGroupName, 50);

export function autoScalingService(groups: ReadonlyMap<string, AutoScalingGroup>): OperationsService {
  const find = (name: string): AutoScalingGroup => {
    const group = groups.get(name);
    if (!group) throw new ServiceError('ValidationError', 'AutoScalingGroup name not found - null');
    return group;
  };

  return {
    name: 'autoscaling',
    protocol: 'query',
    operations: {
      DescribeAutoScalingGroups: operation({
        input: z.object({
          AutoScalingGroupNames: groupNames.optional(),
          MaxRecords: queryInteger(1, 100).default(50),
          NextToken,
        }),
        run({ AutoScalingGroupNames: names, MaxRecords, NextToken: token }) {
          const found = [...groups.values()].filter(({ name }) => names?.includes(name) ?? true);
          const { items, nextToken } = page(found, token, MaxRecords, 'InvalidNextToken');
          return { AutoScalingGroups: items.map(describe), NextToken: nextToken };
        },
      }),
      DescribeScalingActivities: operation({
        input: z.object({
          AutoScalingGroupName: AutoScalingGroupName.optional(),
          MaxRecords: queryInteger(1, 100).default(100),
          NextToken,
        }),
        run({ AutoScalingGroupName: name, MaxRecords, NextToken: token }) {
          const described = name ? [find(name)] : [...groups.values()];
          const activities = described.flatMap((group) => group.activities);
          const { items, nextToken } = page(activities, token, MaxRecords, 'InvalidNextToken');
          return { Activities: items, NextToken: nextToken };
        },
      }),
      SetDesiredCapacity: operation({
        input: z.object({ AutoScalingGroupName, DesiredCapacity: queryInteger(-(2 ** 31), 2 ** 31 - 1) }),
        authorize: ({ AutoScalingGroupName: name }) => ({
          action: 'autoscaling:SetDesiredCapacity',
          resources: [groups.get(name)?.arn ?? '*'],
        }),
        run({ AutoScalingGroupName: name, DesiredCapacity: desired }) {
          const group = find(name);
          const change = `from ${group.desired} to ${desired}`;
          group.setDesired(
            desired,
            `a user request explicitly set group desired capacity changing the desired capacity ${change}`,
          );
        },
      }),
    },
  };
}

function describe({ name, arn, minimum, maximum, desired, createdAt, instances, options }: AutoScalingGroup) {
  const { accountAndRegion, attributes } = options;
  return {
    AutoScalingGroupName: name,
    AutoScalingGroupARN: arn,
    MinSize: minimum,
    MaxSize: maximum,
    DesiredCapacity: desired,
    DefaultCooldown: attributes.default_cooldown ?? 300,
    AvailabilityZones: [`${accountAndRegion.region}a`, `${accountAndRegion.region}b`],
    HealthCheckType: attributes.health_check_type,
    VPCZoneIdentifier: (attributes.vpc_zone_identifier ?? []).join(','),
    CreatedTime: createdAt,
    Instances: [...instances.values()].map(({ id, type, availabilityZone, lifecycleState }) => ({
      InstanceId: id,
      InstanceType: type,
      AvailabilityZone: availabilityZone,
      LifecycleState: lifecycleState,
      HealthStatus: 'Healthy',
      ProtectedFromScaleIn: false,
    })),
  };
}
