import {
  DescribeCapacityProvidersCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
} from '@aws-sdk/client-ecs';
import { type AwsCheck, compare } from './check';

export const draining: AwsCheck = {
  name: 'draining',
  expectation:
    'The daemon service keeps maximum percent 100, and its capacity provider drains without scaling',
  runs: 0,
  onlyOnAws: 'it has no capacity providers',
  async observe({ batch: { clients, deployment } }) {
    const { clusterName: cluster = '', serviceName = '' } = deployment;
    const { services = [] } = await clients.ecs.send(
      new DescribeServicesCommand({ cluster, services: [serviceName] }),
    );
    const { clusters = [] } = await clients.ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    const { capacityProviders = [] } = await clients.ecs.send(
      new DescribeCapacityProvidersCommand({ capacityProviders: clusters[0]?.capacityProviders }),
    );
    const [service, provider] = [services[0], capacityProviders[0]?.autoScalingGroupProvider];
    return compare(
      {
        strategy: service?.schedulingStrategy,
        maximumPercent: service?.deploymentConfiguration?.maximumPercent,
        ownStrategy: service?.capacityProviderStrategy ?? [],
        scaling: provider?.managedScaling?.status,
        draining: provider?.managedDraining,
      },
      {
        strategy: 'DAEMON',
        maximumPercent: 100,
        ownStrategy: [],
        scaling: 'DISABLED',
        draining: 'ENABLED',
      },
    );
  },
};
