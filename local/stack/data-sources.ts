/** What Terraform's data sources would read from the account, for an account that is this machine. */
import { type Place, stableId } from './attributes';
import type { Value } from './expressions';

type Body = Record<string, Value>;
type Statement = Record<string, Value>;

export const DATA_SOURCES: Record<string, (body: Body, place: Place) => Body> = {
  aws_availability_zones: (_body, { region }) => ({ id: region, names: [`${region}a`, `${region}b`] }),
  aws_caller_identity: (_body, { account, partition }) => ({
    id: account,
    account_id: account,
    user_id: 'AIDALOCAL',
    arn: `arn:${partition}:iam::${account}:user/local`,
  }),
  aws_ec2_instance_type_offerings: (_body, { region }) => ({
    id: region,
    locations: [`${region}a`, `${region}b`],
  }),
  aws_iam_policy_document: (body) => ({ json: JSON.stringify(policyDocument(body)) }),
  aws_partition: (_body, { partition }) => ({ id: partition, partition, dns_suffix: 'amazonaws.com' }),
  aws_region: (_body, { region }) => ({
    id: region,
    name: region,
    region,
    endpoint: `ec2.${region}.amazonaws.com`,
  }),
  aws_s3_bucket: ({ bucket }, { partition, region }) => ({
    id: bucket,
    arn: `arn:${partition}:s3:::${bucket}`,
    region,
  }),
  aws_ssm_parameter: ({ name }) => {
    const value = `ami-${stableId(String(name))}`;
    return { id: name, type: 'String', value, insecure_value: value };
  },
  aws_subnets: (_body, { region }) => ({
    id: region,
    ids: [`subnet-${stableId(`${region}a`)}`, `subnet-${stableId(`${region}b`)}`],
  }),
  aws_vpc: () => ({ id: `vpc-${stableId('default')}`, default: true, cidr_block: '172.31.0.0/16' }),
};

function policyDocument(body: Body): Value {
  return {
    Version: body.version ?? '2012-10-17',
    Statement: [body.statement ?? []].flat().map((statement) => toStatement(statement as Statement)),
  };
}

function toStatement(statement: Statement): Value {
  const named = {
    Sid: statement.sid,
    Effect: statement.effect ?? 'Allow',
    Principal: principals(statement.principals),
    NotPrincipal: principals(statement.not_principals),
    Action: statement.actions,
    NotAction: statement.not_actions,
    Resource: statement.resources,
    NotResource: statement.not_resources,
    Condition: conditions(statement.condition),
  };
  return Object.fromEntries(
    Object.entries(named).filter(([, value]) => value !== undefined && value !== null),
  );
}

function principals(blocks: Value): Value {
  if (blocks === undefined || blocks === null) return undefined;
  const all = [blocks].flat() as { type: string; identifiers: Value }[];
  if (all.some(({ type }) => type === '*')) return '*';
  return Object.fromEntries(all.map(({ type, identifiers }) => [type, identifiers]));
}

function conditions(blocks: Value): Value {
  if (blocks === undefined || blocks === null) return undefined;
  const result: Record<string, Record<string, Value>> = {};
  for (const block of [blocks].flat() as { test: string; variable: string; values: Value }[]) {
    result[block.test] = { ...result[block.test], [block.variable]: block.values };
  }
  return result;
}
