/**
 * Permissions of the ECS agent on an instance: the actions of AWS's AmazonEC2ContainerServiceforEC2Role that this cluster
 * uses, on this cluster only. Images and logs are the task execution role's.
 */
import { Construct } from 'constructs';
import type { Names } from '../core/names';
import { ServiceRole } from '../core/service-role';

export interface InstanceRoleProps {
  names: Names;
}

export class InstanceRole extends Construct {
  readonly role: ServiceRole;

  constructor(scope: Construct, id: string, { names }: InstanceRoleProps) {
    super(scope, id);
    this.role = new ServiceRole(this, 'role', {
      logicalId: 'instance',
      roleName: names.role('instance'),
      description: 'ECS agent on the workers: registers its instance and reports its tasks',
      service: 'ec2.amazonaws.com',
      statements: [
        {
          // Takes no resource.
          Sid: 'FindEndpoint',
          Action: ['ecs:DiscoverPollEndpoint'],
          Resource: '*',
        },
        {
          Sid: 'JoinCluster',
          Action: [
            'ecs:RegisterContainerInstance',
            'ecs:DeregisterContainerInstance',
            'ecs:SubmitTaskStateChange',
            'ecs:SubmitContainerStateChange',
            'ecs:SubmitAttachmentStateChanges',
          ],
          Resource: names.clusterArn,
        },
        {
          Sid: 'FollowOrders',
          Action: [
            'ecs:Poll',
            'ecs:StartTelemetrySession',
            'ecs:UpdateContainerInstancesState',
            'ecs:PutSystemLogEvents',
          ],
          Resource: names.arn('ecs', `container-instance/${names.cluster}/*`),
        },
      ],
    });
  }
}
