/** Amazon EC2 Auto Scaling: the API of the groups. */
import { page } from '../pages';
import { type OperationsService, ServiceError } from '../service';
import type { Fleet } from './fleet';

interface GroupInput {
  AutoScalingGroupName: string;
}
interface PageInput {
  NextToken?: string;
  MaxRecords?: string;
}

export function createAutoScaling(fleets: ReadonlyMap<string, Fleet>): OperationsService {
  const find = (name: string): Fleet => {
    const fleet = fleets.get(name);
    if (!fleet) throw new ServiceError('ValidationError', 'AutoScalingGroup name not found - null');
    return fleet;
  };
  const onGroup = (action: string) => (input: GroupInput) => ({
    action: `autoscaling:${action}`,
    resources: [fleets.get(input.AutoScalingGroupName)?.arn ?? '*'],
  });

  return {
    name: 'autoscaling',
    protocol: 'query',
    operations: {
      DescribeAutoScalingGroups: {
        run(input: PageInput & { AutoScalingGroupNames?: string[] }) {
          const names = input.AutoScalingGroupNames;
          const found = [...fleets.values()].filter(({ name }) => names?.includes(name) ?? true);
          const { items, nextToken } = page(
            found,
            input.NextToken,
            Number(input.MaxRecords ?? 50),
            'InvalidNextToken',
          );
          return { AutoScalingGroups: items.map(describe), NextToken: nextToken };
        },
      },
      DescribeScalingActivities: {
        run(input: PageInput & Partial<GroupInput>) {
          const groups = input.AutoScalingGroupName
            ? [find(input.AutoScalingGroupName)]
            : [...fleets.values()];
          const activities = groups.flatMap((group) => group.activities);
          const { items, nextToken } = page(
            activities,
            input.NextToken,
            Number(input.MaxRecords ?? 100),
            'InvalidNextToken',
          );
          return { Activities: items, NextToken: nextToken };
        },
      },
      SetDesiredCapacity: {
        authorize: onGroup('SetDesiredCapacity'),
        run(input: GroupInput & { DesiredCapacity: string }) {
          const fleet = find(input.AutoScalingGroupName);
          const desired = Number(input.DesiredCapacity);
          fleet.setDesired(
            desired,
            `a user request explicitly set group desired capacity changing the desired capacity from ${fleet.desired} to ${desired}`,
          );
        },
      },
      UpdateAutoScalingGroup: {
        authorize: onGroup('UpdateAutoScalingGroup'),
        run(input: GroupInput & { MinSize?: string; MaxSize?: string; DesiredCapacity?: string }) {
          const fleet = find(input.AutoScalingGroupName);
          const minimum = Number(input.MinSize ?? fleet.minimum);
          const maximum = Number(input.MaxSize ?? fleet.maximum);
          if (minimum > maximum) {
            throw new ServiceError(
              'ValidationError',
              `Max bound, ${maximum}, must be greater than or equal to min bound, ${minimum}`,
            );
          }
          const desired = Math.min(maximum, Math.max(minimum, fleet.desired));
          Object.assign(fleet, { minimum, maximum });
          fleet.setDesired(
            Number(input.DesiredCapacity ?? desired),
            `a user request update of AutoScalingGroup constraints to min: ${minimum}, max: ${maximum}, desired: ${input.DesiredCapacity ?? desired}`,
          );
        },
      },
      TerminateInstanceInAutoScalingGroup: {
        run(input: { InstanceId: string; ShouldDecrementDesiredCapacity: string }) {
          const fleet = [...fleets.values()].find(({ instances }) => instances.has(input.InstanceId));
          const instance = (fleet ?? [...fleets.values()][0])?.find(input.InstanceId);
          if (!fleet || !instance)
            throw new ServiceError('ValidationError', 'There is no Auto Scaling group.');
          const decrement = input.ShouldDecrementDesiredCapacity === 'true';
          if (decrement && fleet.desired <= fleet.minimum) {
            throw new ServiceError(
              'ValidationError',
              "Terminating instance without replacement will violate group's min size constraint",
            );
          }
          if (decrement) fleet.desired -= 1;
          void fleet.terminate(
            instance,
            'an instance was taken out of service in response to a user request',
          );
          return { Activity: fleet.activities[0] };
        },
      },
    },
  };
}

function describe(fleet: Fleet) {
  const { place, group } = fleet.options;
  return {
    AutoScalingGroupName: fleet.name,
    AutoScalingGroupARN: fleet.arn,
    MinSize: fleet.minimum,
    MaxSize: fleet.maximum,
    DesiredCapacity: fleet.desired,
    DefaultCooldown: group.default_cooldown ?? 300,
    AvailabilityZones: [`${place.region}a`, `${place.region}b`],
    HealthCheckType: group.health_check_type ?? 'EC2',
    HealthCheckGracePeriod: group.health_check_grace_period ?? 0,
    VPCZoneIdentifier: (group.vpc_zone_identifier ?? []).join(','),
    CreatedTime: fleet.createdAt,
    Instances: [...fleet.instances.values()].map((instance) => ({
      InstanceId: instance.id,
      InstanceType: instance.type,
      AvailabilityZone: instance.availabilityZone,
      LifecycleState: instance.lifecycleState,
      HealthStatus: 'Healthy',
      LaunchTemplate: {
        LaunchTemplateId: instance.launchTemplateId,
        LaunchTemplateName: instance.launchTemplateName,
        Version: '1',
      },
      ProtectedFromScaleIn: false,
    })),
  };
}
