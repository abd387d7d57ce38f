import { DescribeStateMachineCommand, ValidateStateMachineDefinitionCommand } from '@aws-sdk/client-sfn';
import type { AwsCheck } from './check';

export const definition: AwsCheck = {
  name: 'definition',
  expectation: 'ValidateStateMachineDefinition finds nothing in the deployed definition, warnings included',
  runs: 0,
  async observe({ batch: { clients, deployment } }) {
    const { stateMachineArn } = deployment;
    const { definition, type } = await clients.sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const { result, diagnostics = [] } = await clients.sfn.send(
      new ValidateStateMachineDefinitionCommand({ definition, type, severity: 'WARNING' }),
    );
    const found = diagnostics.map(({ severity, code, message, location }) =>
      [severity, code, message, location].filter(Boolean).join(' '),
    );
    return {
      holds: result === 'OK' && found.length === 0,
      observed: [String(result), ...found].join('; '),
    };
  },
};
