/** Distributed maps for tests, and their outcomes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DescribeMapRunCommand, type DescribeMapRunOutput, ListMapRunsCommand } from '@aws-sdk/client-sfn';
import { until } from '../../../../../support/until';
import { BUCKET, type StatesServer } from '../../server';

/** Fails for items whose `fail` is true; otherwise gives its input back. */
export const ECHO = {
  Choose: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $states.input.fail = true %}', Next: 'Bad' }],
    Default: 'Good',
  },
  Good: { Type: 'Succeed' },
  Bad: { Type: 'Fail', Error: 'Bad', Cause: 'it says so' },
};

export function processorOf(States: Record<string, object>) {
  return {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: Object.keys(States)[0],
    States,
  };
}

export const mapOf = (fields: object, States: Record<string, object> = ECHO) => ({
  Map: { Type: 'Map', ItemProcessor: processorOf(States), Label: 'each', End: true, ...fields },
});

export const writerOf = (WriterConfig?: object) => ({
  ResultWriter: {
    Resource: 'arn:aws:states:::s3:putObject',
    Arguments: { Bucket: BUCKET, Prefix: 'results' },
    ...(WriterConfig ? { WriterConfig } : {}),
  },
});

export async function putObject({ folder }: StatesServer, key: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, key)), { recursive: true });
  await writeFile(join(folder, key), content);
}

/** The map run of an execution that has one. */
export async function mapRunOf({ sfn }: StatesServer, executionArn: string): Promise<DescribeMapRunOutput> {
  const mapRunArn = await until(async () => {
    const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
    return mapRuns[0]?.mapRunArn;
  }, 'the map run');
  return sfn.send(new DescribeMapRunCommand({ mapRunArn }));
}
