/** Amazon EC2 Auto Scaling: the API of the groups. */
import { type OperationsService, ServiceError } from '../service';
import type { Fleet } from './fleet';

interface GroupInput {
  AutoScalingGroupName: string;
}

export function createAutoScaling(fleets: ReadonlyMap<string, Fleet>): OperationsService {
  const find = (name: string): Fleet => {
    const fleet = fleets.get(name);
    if (!fleet) throw new ServiceError('ValidationError', 'AutoScalingGroup name not found - null');
    return fleet;
  };

  return {
    name: 'autoscaling',
    protocol: 'query',
    operations: {
      DescribeAutoScalingGroups: {
        run: ({ AutoScalingGroupNames: names }: { AutoScalingGroupNames?: string[] }) => ({
          AutoScalingGroups: [...fleets.values()]
            .filter(({ name }) => names?.includes(name) ?? true)
            .map(describe),
        }),
      },
      DescribeScalingActivities: {
        run({ AutoScalingGroupName: name, MaxRecords }: Partial<GroupInput> & { MaxRecords?: string }) {
          const groups = name ? [find(name)] : [...fleets.values()];
          const activities = groups.flatMap((group) => group.activities);
          return { Activities: activities.slice(0, Number(MaxRecords ?? 100)) };
        },
      },
      SetDesiredCapacity: {
        authorize: ({ AutoScalingGroupName: name }: GroupInput) => ({
          action: 'autoscaling:SetDesiredCapacity',
          resources: [fleets.get(name)?.arn ?? '*'],
        }),
        run(input: GroupInput & { DesiredCapacity: string }) {
          const fleet = find(input.AutoScalingGroupName);
          const desired = Number(input.DesiredCapacity);
          const change = `from ${fleet.desired} to ${desired}`;
          fleet.setDesired(
            desired,
            `a user request explicitly set group desired capacity changing the desired capacity ${change}`,
          );
        },
      },
    },
  };
}

function describe({ name, arn, minimum, maximum, desired, createdAt, instances, options }: Fleet) {
  const { place, group } = options;
  return {
    AutoScalingGroupName: name,
    AutoScalingGroupARN: arn,
    MinSize: minimum,
    MaxSize: maximum,
    DesiredCapacity: desired,
    DefaultCooldown: group.default_cooldown ?? 300,
    AvailabilityZones: [`${place.region}a`, `${place.region}b`],
    HealthCheckType: group.health_check_type,
    VPCZoneIdentifier: (group.vpc_zone_identifier ?? []).join(','),
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
