/** The resources that Task states, readers and writers may name. Each is named here, once. */

/** Services that a Task state calls, as in `arn:<partition>:states:::lambda:invoke`. */
export const INTEGRATIONS = ['lambda:invoke', 'aws-sdk:sfn:describeMapRun'] as const;
export type Integration = (typeof INTEGRATIONS)[number];

/** What a Task state calls; undefined for a resource that is not supported. */
export function taskResource(arn: string): 'activity' | Integration | undefined {
  if (/^arn:[^:]+:states:[^:]+:\d{12}:activity:[^:]+$/.test(arn)) return 'activity';
  return INTEGRATIONS.find((each) => isIntegration(arn, each));
}

/** Where an ItemReader reads: one object, or the listing of a prefix. */
export const READERS = ['s3:getObject', 's3:listObjectsV2'] as const;
export type Reader = (typeof READERS)[number];

export function readerResource(arn: string): Reader | undefined {
  return READERS.find((each) => isIntegration(arn, each));
}

/** Where a ResultWriter writes. */
export const WRITER = 's3:putObject';

export function isWriterResource(arn: string): boolean {
  return isIntegration(arn, WRITER);
}

function isIntegration(arn: string, name: string): boolean {
  const [scheme, partition, service, region, account, ...rest] = arn.split(':');
  const isGlobal = scheme === 'arn' && partition && service === 'states' && region === '' && account === '';
  return Boolean(isGlobal) && rest.join(':') === name;
}
