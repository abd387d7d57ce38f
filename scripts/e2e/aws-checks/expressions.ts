import { DescribeStateMachineCommand, TestStateCommand } from '@aws-sdk/client-sfn';
import { type AwsCheck, compare } from './check';

/** What the workflow's expressions use beyond the plain, with the value of each for the input `{"objects": [a, a, ä]}`. */
const OUTPUTS = {
  grouped: "{% [$keys($states.input.objects{Key: 1}).{'Key': $}] %}",
  bytes: "{% $length($replace($encodeUrlComponent($states.input.objects[2].Key), /%[0-9A-F]{2}/, '_')) %}",
  spread: '{% $ceil($random() * 4) in [1, 2, 3, 4] %}',
  absent: '{% $exists($states.context.Execution.None) ? 1 : 0 %}',
  milliseconds: "{% $toMillis('2026-11-26T10:00:00Z') %}",
};

export const expressions: AwsCheck = {
  name: 'expressions',
  expectation:
    'Step Functions evaluates the JSONata that the workflow uses as the reference implementation does',
  runs: 0,
  onlyOnAws: 'it evaluates with the reference implementation, and has no TestState',
  async observe({ batch: { clients, deployment } }) {
    const { stateMachineArn } = deployment;
    const { roleArn } = await clients.sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const state = { Type: 'Pass', QueryLanguage: 'JSONata', Output: OUTPUTS, End: true };
    const { status, output, error, cause } = await clients.sfn.send(
      new TestStateCommand({
        definition: JSON.stringify(state),
        roleArn,
        input: JSON.stringify({ objects: [{ Key: 'a' }, { Key: 'a' }, { Key: 'ä' }] }),
      }),
    );
    if (status !== 'SUCCEEDED') return { holds: false, observed: `${status} ${error}: ${cause}` };
    const seen = JSON.parse(output ?? '{}');
    const inOrder = Object.fromEntries(Object.keys(OUTPUTS).map((name) => [name, seen[name]]));
    return compare(inOrder, {
      grouped: [{ Key: 'a' }, { Key: 'ä' }],
      bytes: 2,
      spread: true,
      absent: 0,
      milliseconds: 1_795_687_200_000,
    });
  },
};
