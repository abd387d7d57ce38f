/** The setting workerStatements: the statements that it accepts, its error messages, and the permissions of the worker. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../../stacks/settings/config';
import { ConfigError } from '../../../stacks/settings/config-error';
import { apply, mayDo, resourceOf } from '../synthesize';

const TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/t';
const READ = { Effect: 'Allow', Action: ['dynamodb:GetItem'], Resource: TABLE };
const load = (statements: unknown, more: Record<string, string> = {}) =>
  loadConfig({ environment: { BATCH_WORKER_STATEMENTS: JSON.stringify(statements), ...more }, context: {} });

describe('the statements of processors', () => {
  const allowed: Record<string, object> = {
    'a list of resources': { ...READ, Resource: [TABLE, `${TABLE}/index/*`] },
    'one action': { ...READ, Action: 'dynamodb:GetItem' },
    wildcards: { ...READ, Action: 'dynamodb:Get*', Resource: 'arn:aws:dynamodb:*:123456789012:table/?' },
    'an action that takes no resource': { ...READ, Action: 'rekognition:DetectLabels', Resource: '*' },
    'all of a bucket': { ...READ, Action: 's3:*', Resource: 'arn:aws:s3:::other/*' },
    'a Deny of everything but a few': { Effect: 'Deny', NotAction: 's3:*', Resource: '*' },
    'everything but some resources': { ...READ, Resource: undefined, NotResource: TABLE },
    'a condition': {
      Sid: 'One',
      ...READ,
      Condition: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['a*'] },
        Bool: { 'aws:SecureTransport': true },
        NumericLessThanEquals: { 's3:max-keys': 10 },
        Null: { 'aws:TokenIssueTime': 'false' },
      },
    },
    "a variable of IAM's": { ...READ, Resource: `${TABLE}-\${aws:PrincipalTag/team}` },
  };
  for (const [what, statement] of Object.entries(allowed))
    it(`may have ${what}`, () => {
      expect(load([statement]).workerStatements).to.deep.equal([JSON.parse(JSON.stringify(statement))]);
    });

  const refused: [unknown, string][] = [
    [
      { ...READ, Principal: '*' },
      "has a Principal: the policy of a role has none, since it is the role's own",
    ],
    [
      { ...READ, NotPrincipal: {} },
      "has a Principal: the policy of a role has none, since it is the role's own",
    ],
    [
      { ...READ, Ressource: '*' },
      'has the field Ressource: must be one of Sid, Effect, Action, NotAction, Resource, NotResource, Condition',
    ],
    [{ ...READ, Sid: 'a b' }, 'has the Sid "a b": must be letters and digits'],
    [{ ...READ, Effect: 'allow' }, 'has Effect "allow": must be "Allow" or "Deny"'],
    [{ Action: 'a:b', Resource: '*' }, 'has no Effect: must be "Allow" or "Deny"'],
    [{ Effect: 'Allow', Resource: '*' }, 'has no Action: give Action or NotAction'],
    [{ Effect: 'Allow', Action: 'a:b' }, 'has no Resource: give Resource or NotResource'],
    [{ ...READ, NotAction: 'a:b' }, 'has Action and NotAction: keep one'],
    [{ ...READ, NotResource: '*' }, 'has Resource and NotResource: keep one'],
    [{ ...READ, Action: [] }, 'has an empty Action: name at least one'],
    [{ ...READ, Resource: [] }, 'has an empty Resource: name at least one'],
    [
      { ...READ, Action: 'GetItem' },
      'has Action "GetItem": must be an action such as dynamodb:GetItem, or *',
    ],
    [{ ...READ, Action: [7] }, 'has Action 7: must be a string, or a list of strings'],
    [
      { ...READ, Resource: 'table/t' },
      'has Resource "table/t": must be an ARN, which may have * and ?, or *',
    ],
    [
      { ...READ, Resource: 'arn:aws-cn:s3:::b' },
      'has Resource "arn:aws-cn:s3:::b": the region is in the partition aws, so its ARNs start with arn:aws:',
    ],
    [{ ...READ, Condition: 'x' }, 'has Condition "x": must be an object of operators'],
    [
      { ...READ, Condition: { StringEqual: { a: 'b' } } },
      'has the condition operator StringEqual, which IAM does not know',
    ],
    [
      { ...READ, Condition: { StringEquals: {} } },
      'has StringEquals in Condition {}: must be an object of condition keys',
    ],
    [{ ...READ, Condition: { Bool: { a: [] } } }, 'has no value for a in Condition: name at least one'],
    [
      { ...READ, Condition: { Bool: { a: null } } },
      'has a in Condition null: must be strings, numbers, true or false',
    ],
    [
      { ...READ, Action: ['s3:*', '*'], Resource: '*' },
      'allows all actions on all resources: name the actions, or the resources',
    ],
    [
      { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' },
      'allows all actions except a few on all resources: name the actions, or the resources',
    ],
  ];
  for (const [statement, problem] of refused)
    it(`are refused in one line: ${problem.slice(0, 60)}`, () => {
      expect(() => load([READ, statement])).to.throw(
        ConfigError,
        new RegExp(`^BATCH_WORKER_STATEMENTS: statement 2 ${problem.replace(/[*.?{}[\]]/g, '\\$&')}$`),
      );
    });

  it('each have a Sid of their own', () => {
    expect(() => load([{ Sid: 'A', ...READ }, READ, { Sid: 'A', ...READ }])).to.throw(
      'BATCH_WORKER_STATEMENTS: two statements have the Sid "A": give each its own',
    );
  });

  it("fit, with the worker's own statements, into the limit of a role", () => {
    const many = (count: number) => Array.from({ length: count }, () => READ);
    const longest = Array.from({ length: 200 }, (_, index) => index).findLast((count) => {
      try {
        return load(many(count));
      } catch {
        return false;
      }
    });
    const { resources } = apply({ BATCH_WORKER_STATEMENTS: JSON.stringify(many(longest ?? 0)) });
    const policies = ['worker', 'worker_statements'].map(
      (name) => resources[`aws_iam_role_policy.${name}`]?.policy,
    );
    const characters = policies.join('').length;
    expect(characters).to.be.within(8_500, 10_240);
    expect(() => load(many(100))).to.throw(
      /^BATCH_WORKER_STATEMENTS: the statements have \d+ characters, and IAM has room for \d+ \(10240 in a role/,
    );
  });

  it('may be in a file, which is found from the working directory, or from cdktf.json', () => {
    const folder = mkdtempSync(join(tmpdir(), 'statements-'));
    try {
      const file = join(folder, 'rights.json');
      writeFileSync(file, JSON.stringify([READ]));
      const fromFile = (text: string) =>
        loadConfig({ environment: { BATCH_WORKER_STATEMENTS: text }, context: {} }).workerStatements;
      expect(fromFile(file)).to.deep.equal([READ]);
      expect(
        loadConfig({ environment: {}, context: { workerStatements: file } }).workerStatements,
      ).to.deep.equal([READ]);
      expect(
        loadConfig({ environment: {}, context: { workerStatements: [READ] } }).workerStatements,
      ).to.deep.equal([READ]);
      expect(() => fromFile(`${file}2`)).to.throw(ConfigError, /rights\.json2": there is no such file/);
      writeFileSync(file, '[{');
      expect(() => fromFile(file)).to.throw(ConfigError, /rights\.json": it is not JSON/);
      writeFileSync(file, JSON.stringify({ Version: '2012-10-17', Statement: [READ] }));
      expect(() => fromFile(file)).to.throw(ConfigError, /rights\.json": it holds no list: give the list/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are rights of the worker, in a policy of their own, and of no other role', () => {
    const BATCH_WORKER_STATEMENTS = JSON.stringify([
      READ,
      { Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::*/private/*' },
      { ...READ, Resource: `${TABLE}-\${aws:PrincipalTag/team}%{x}` },
    ]);
    const applied = apply({ BATCH_WORKER_STATEMENTS });
    expect(mayDo(applied, 'worker', 'dynamodb:GetItem', TABLE)).to.equal(true);
    expect(mayDo(applied, 'worker', 'dynamodb:PutItem', TABLE)).to.equal(false);
    expect(mayDo(applied, 'task_execution', 'dynamodb:GetItem', TABLE)).to.equal(false);
    const bucket = 'arn:aws:s3:::batch-processor-000000000000-us-east-1';
    expect(mayDo(applied, 'worker', 's3:GetObject', `${bucket}/data/a`)).to.equal(true);
    expect(mayDo(applied, 'worker', 's3:GetObject', `${bucket}/private/a`)).to.equal(false);
    const { policy, name } = resourceOf(applied, 'aws_iam_role_policy.worker_statements');
    expect(name).to.equal('worker_statements');
    expect(policy, 'as Terraform takes it').to.include('-$${aws:PrincipalTag/team}%%{x}');
    const { depends_on: dependencies } = resourceOf(applied, 'aws_ecs_task_definition.worker');
    expect(dependencies).to.include('aws_iam_role_policy.worker_statements');
    expect(apply().resource.aws_iam_role_policy).not.to.have.property('worker_statements');
  });
});
