import { DescribeServicesCommand, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { type AwsCheck, compare } from './check';

export const capabilities: AwsCheck = {
  name: 'capabilities',
  expectation:
    'ECS stores the capabilities of the task definition as they were sent, the empty list `add` included',
  runs: 0,
  onlyOnAws: 'it stores what Terraform sends, and has no DescribeTaskDefinition',
  async observe({ batch: { clients, deployment } }) {
    const { clusterName: cluster, serviceName = '' } = deployment;
    const { services = [] } = await clients.ecs.send(
      new DescribeServicesCommand({ cluster, services: [serviceName] }),
    );
    const { taskDefinition } = await clients.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: services[0]?.taskDefinition }),
    );
    const { add, drop } = taskDefinition?.containerDefinitions?.[0]?.linuxParameters?.capabilities ?? {};
    return compare({ add, drop }, { add: [], drop: ['ALL'] });
  },
};
