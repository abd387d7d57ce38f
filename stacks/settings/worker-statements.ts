/**
 * The setting `workerStatements`: what processors may do beyond their worker's own rights. Checked as far as IAM's grammar
 * allows without the account: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import type { Json } from '../core/json';
import { partitionOf } from '../core/partition';

/** A statement of an identity-based policy, as it is written. */
export type PolicyStatement = { [field: string]: Json };

export interface StatementSettings {
  region: string;
  workerStatements: PolicyStatement[];
  readPrefixes: string[];
}

const FIELDS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];
const ACTION = /^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/;
const RESOURCE = /^(\*|arn:([^:]+):[^:]+:[^:]*:[^:]*:.+)$/s;
const OPERATOR =
  /^(ForAllValues:|ForAnyValue:)?((String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Arn(Not)?(Equals|Like)|(Not)?IpAddress|Bool|BinaryEquals)(IfExists)?|Null)$/;

/** Of all inline policies of a role, without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_CHARACTERS = 10_240;
/** Of the worker's own policy, apart from the prefixes that it names. */
const OWN_CHARACTERS = 2_048;
/** Of a prefix's resource, besides the prefix: `"arn:aws-us-gov:s3:::<bucket>/*",`. */
const PREFIX_CHARACTERS = 96;

/** Why a role cannot have the statements, in one line that names the first that is wrong, counted from 1. */
export function statementsProblem({
  region,
  workerStatements,
  readPrefixes,
}: StatementSettings): string | undefined {
  for (const [index, statement] of workerStatements.entries()) {
    const problem = statementProblem(statement, partitionOf(region));
    if (problem) return `statement ${index + 1} ${problem}`;
  }
  const ids = workerStatements.map(({ Sid }) => Sid).filter((id) => id !== undefined);
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  if (twice !== undefined) return `two statements have the Sid ${JSON.stringify(twice)}: give each its own`;
  const prefixes = readPrefixes.reduce((sum, prefix) => sum + prefix.length + PREFIX_CHARACTERS, 0);
  const room = MAX_CHARACTERS - OWN_CHARACTERS - prefixes;
  const { length } = JSON.stringify(workerStatements);
  if (length <= room) return undefined;
  return (
    `the statements have ${length} characters, and IAM has room for ${room} (${MAX_CHARACTERS} in a role, less the worker's own): ` +
    'name resources with wildcards, or fewer actions'
  );
}

function statementProblem(statement: unknown, partition: string): string | undefined {
  if (typeof statement !== 'object' || statement === null || Array.isArray(statement))
    return `is ${JSON.stringify(statement)}: must be an object with Effect, Action and Resource`;
  const fields = statement as PolicyStatement;
  const given = Object.keys(fields);
  if (given.some((field) => /^(Not)?Principal$/.test(field)))
    return "has a Principal: the policy of a role has none, since it is the role's own";
  const unknown = given.find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) return `has the field ${unknown}: must be one of ${FIELDS.join(', ')}`;
  const { Sid, Effect } = fields;
  if (Sid !== undefined && !(typeof Sid === 'string' && /^[A-Za-z0-9]+$/.test(Sid)))
    return `has the Sid ${JSON.stringify(Sid)}: must be letters and digits`;
  if (Effect !== 'Allow' && Effect !== 'Deny')
    return `has ${shown('Effect', Effect)}: must be "Allow" or "Deny"`;
  return (
    listProblem(fields, 'Action', (action) =>
      ACTION.test(action) ? undefined : 'must be an action such as dynamodb:GetItem, or *',
    ) ??
    listProblem(fields, 'Resource', (resource) => resourceProblem(resource, partition)) ??
    conditionProblem(fields.Condition) ??
    breadthProblem(fields)
  );
}

function listProblem(
  fields: PolicyStatement,
  name: 'Action' | 'Resource',
  problemOf: (text: string) => string | undefined,
): string | undefined {
  const names = [name, `Not${name}`].filter((field) => field in fields);
  const [field = name, another] = names;
  if (another) return `has ${field} and ${another}: keep one`;
  if (names.length === 0) return `has no ${name}: give ${name} or Not${name}`;
  const value = fields[field];
  const texts = Array.isArray(value) ? value : [value];
  if (texts.length === 0) return `has an empty ${field}: name at least one`;
  for (const text of texts) {
    const problem = typeof text === 'string' ? problemOf(text) : 'must be a string, or a list of strings';
    if (problem) return `has ${shown(field, text)}: ${problem}`;
  }
  return undefined;
}

function resourceProblem(resource: string, partition: string): string | undefined {
  const [found, , its] = RESOURCE.exec(resource) ?? [];
  if (found === undefined) return 'must be an ARN, which may have * and ?, or *';
  if (its === undefined || its === '*' || its === partition) return undefined;
  return `the region is in the partition ${partition}, so its ARNs start with arn:${partition}:`;
}

function conditionProblem(condition: unknown): string | undefined {
  if (condition === undefined) return undefined;
  if (!isRecord(condition)) return `has ${shown('Condition', condition)}: must be an object of operators`;
  for (const [operator, keys] of Object.entries(condition)) {
    if (!OPERATOR.test(operator)) return `has the condition operator ${operator}, which IAM does not know`;
    if (!isRecord(keys) || Object.keys(keys).length === 0)
      return `has ${shown(`${operator} in Condition`, keys)}: must be an object of condition keys`;
    for (const [key, value] of Object.entries(keys)) {
      const values = Array.isArray(value) ? value : [value];
      if (values.length === 0) return `has no value for ${key} in Condition: name at least one`;
      if (values.some((each) => !['string', 'number', 'boolean'].includes(typeof each)))
        return `has ${shown(`${key} in Condition`, value)}: must be strings, numbers, true or false`;
    }
  }
  return undefined;
}

/** Everything on everything is an administrator's right, also for each package that a processor imports. */
function breadthProblem({ Effect, Action, NotAction, Resource, NotResource }: PolicyStatement) {
  if (Effect === 'Deny') return undefined;
  const isAll = (value: unknown) => [value].flat().includes('*');
  const everywhere = isAll(Resource) || NotResource !== undefined;
  if (everywhere && NotAction !== undefined)
    return 'allows all actions except a few on all resources: name the actions, or the resources';
  if (everywhere && isAll(Action))
    return 'allows all actions on all resources: name the actions, or the resources';
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(field: string, value: unknown): string {
  return value === undefined ? `no ${field}` : `${field} ${JSON.stringify(value)}`;
}
