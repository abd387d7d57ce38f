import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import type { AwsCheck } from './check';

export const statusEvents: AwsCheck = {
  name: 'status-events',
  expectation:
    'EventBridge tells the provisioner that an execution was stopped and that it was redriven, with the count of redrives',
  runs: 2,
  async observe(trial) {
    const execution = await trial.start({ prefix: trial.prefix });
    await execution.stop('The check stops it');
    const stopped = await trial.heard('deprovision', execution);
    await trial.batch.clients.sfn.send(new RedriveExecutionCommand({ executionArn: execution.arn }));
    const redriven = await trial.heard('resume', execution, 1);
    const say = (what: string, heard: { seconds: number } | undefined) =>
      heard ? `${what} after ${heard.seconds} s` : `${what} not heard`;
    return {
      holds: stopped !== undefined && redriven !== undefined,
      observed: `${say('the stop', stopped)}, ${say('the redrive', redriven)}`,
    };
  },
};
