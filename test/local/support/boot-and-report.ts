/** A process that is a local cloud, for a test that kills it: boots a stack, scales it, and prints its children's ids. */
import { AutoScalingClient, SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { startLocalCloud } from '../../../local/cloud';
import { until } from '../../support/until';

async function main([stackFolder = '', bucketFolder = '']: string[]): Promise<void> {
  const cloud = await startLocalCloud({ stackFolder, bucketFolder, bootSeconds: 0 });
  await new AutoScalingClient(cloud.clientConfig).send(
    new SetDesiredCapacityCommand({ AutoScalingGroupName: 'group', DesiredCapacity: 2 }),
  );
  await new LambdaClient(cloud.clientConfig).send(new InvokeCommand({ FunctionName: 'provisioner' }));
  await until(() => cloud.processes().length === 3, 'three processes run');
  process.stdout.write(`${JSON.stringify(cloud.processes())}\n`);
}

void main(process.argv.slice(2));
