/** `aws-sdk:sfn:describeMapRun`. */
import { DescribeMapRunCommand } from '@aws-sdk/client-sfn';
import { isObject, type Json } from '../../language/json';
import type { Call } from './call';
import { serviceError } from './service-error';

/** Throws a StatesError. */
export async function describeMapRun(
  { entered, arguments: given }: Call,
  abortSignal: AbortSignal,
): Promise<Json> {
  const { engine, execution } = entered;
  const mapRunArn = isObject(given) ? (given.MapRunArn as string) : undefined;
  const { $metadata: _, ...answer } = await engine.clients
    .of(execution.machine.roleArn)
    .sfn.send(new DescribeMapRunCommand({ mapRunArn }), { abortSignal })
    .catch((error) => {
      throw serviceError('Sfn', error, 'SfnException', ({ message, status, requestId }) => {
        return `${message} (Service: Sfn, Status Code: ${status}, Request ID: ${requestId})`;
      });
    });
  return capitalized(JSON.parse(JSON.stringify(answer)));
}

/** AWS SDK integrations take and give every member in Pascal case. */
function capitalized(value: Json): Json {
  if (Array.isArray(value)) return value.map(capitalized);
  if (!isObject(value)) return value;
  const members = Object.entries(value);
  return Object.fromEntries(
    members.map(([key, item]) => [key[0]?.toUpperCase() + key.slice(1), capitalized(item)]),
  );
}
