/**
 * No odd request is answered with an internal error of the service, and none makes a resource that it does not name. The tests try every
 * operation of every service by its schema, so they include each new one.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  ListActivitiesCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import fc from 'fast-check';
import type { OperationsService } from '../../../local/core/service';
import { bootFixture } from '../support/fixture-stack';
import { anyJson, brokenBodies, ODD_PARAMETERS, type OddBody, oddForm, oddJson, writeForm } from './bodies';
import { type Answered, type SignedRequest, send } from './send';
import { DEFINITION, operationsOf, REST_REQUESTS, S3_REQUESTS, validInput } from './valid';

/** The random inputs are the same in every run: `npm run fuzz` draws others. */
const SEED = 9;
/** The number of random inputs for each operation. */
const RUNS = 3;

/** A long poll that is accepted is held; then the client hangs up. */
const POLL_MILLISECONDS = 50;

/** The texts that JavaScript makes of missing values. */
const OF_NOTHING = /undefined|\[object/;

describe('odd requests', () => {
  let cloud: Awaited<ReturnType<typeof bootFixture>>;
  let sfn: SFNClient;
  let bucket: string;
  /** The errors that the local cloud itself reports. */
  const faults: unknown[] = [];

  before(async () => {
    cloud = await bootFixture(
      {
        resources: {
          aws_cloudwatch_event_rule: { rule: { name: 'rule', schedule_expression: 'rate(1 day)' } },
        },
      },
      { log: (message, error) => void faults.push([message, error]) },
    );
    sfn = new SFNClient({ ...cloud.clientConfig, maxAttempts: 1 });
    bucket = String(cloud.outputs.bucket_name);
  });
  after(async () => {
    sfn?.destroy();
    await cloud?.close();
  });
  /** Makes the resources of Step Functions that the operations need, again if the operation before deleted them. */
  const prepare = async () => {
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: 'fuzz',
        definition: DEFINITION,
        roleArn: 'arn:aws:iam::000000000000:role/worker',
      }),
    );
    await sfn.send(new CreateActivityCommand({ name: 'fuzz' }));
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'fuzz' })).catch(({ name }) => {
      expect(name).to.equal('ExecutionAlreadyExists');
    });
  };

  function expectNoFault(what: string, answered: Answered | undefined): void {
    const { status, code, body } = answered ?? { status: 200, code: undefined, body: '' };
    const shown = `${what}: ${status} ${code} ${body.slice(0, 300)}`;
    expect(status < 500 || (status === 501 && [undefined, 'NotImplemented'].includes(code)), shown).to.equal(
      true,
    );
    expect(faults, shown).to.deep.equal([]);
    // A refusal names what it refuses.
    expect(status >= 400 && body.includes('[object '), shown).to.equal(false);
  }

  /** The names of all resources that requests can make. */
  async function made(): Promise<string[]> {
    const { activities = [] } = await sfn.send(new ListActivitiesCommand({ maxResults: 1_000 }));
    const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({ maxResults: 1_000 }));
    const lists = await Promise.all(
      stateMachines.map(({ stateMachineArn }) =>
        sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1_000 })),
      ),
    );
    const executions = lists.flatMap(({ executions = [] }) => executions);
    const names = [...activities, ...stateMachines, ...executions].map(({ name }) => String(name));
    const files = readdirSync(cloud.bucketFolder, { recursive: true, encoding: 'utf8' });
    return [...names, ...files.flatMap((file) => file.split('/'))];
  }

  async function expectNothingMade(): Promise<void> {
    expect((await made()).filter((name) => OF_NOTHING.test(name))).to.deep.equal([]);
    for (const { desired } of cloud.services.autoscaling.groups.values()) expect(desired).to.equal(0);
  }

  const md5 = (body: Buffer | string = '') => createHash('md5').update(body).digest('base64');
  const random = (bodies: fc.Arbitrary<OddBody>) => fc.sample(bodies, { seed: SEED, numRuns: RUNS });

  /** Bodies for an operation, and the request that sends them. */
  function requestsOf(service: OperationsService, action: string): [OddBody, SignedRequest][] {
    const schema = service.operations[action]?.input;
    if (!schema) throw new Error(`${action} has no schema`);
    const { names, input } = validInput(action, schema);
    const to = { service: service.name, method: 'POST', path: '/' };
    if (service.protocol === 'query') {
      const bodies = oddForm(action, input, names);
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return [...bodies, ...random(brokenBodies(writeForm(action, input), bodies))].map((each) => [
        each,
        { ...to, headers, body: each.body },
      ]);
    }
    if (service.protocol === 'json') {
      const bodies = oddJson(input, names);
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Any.${action}` };
      const drawn = [...random(brokenBodies(JSON.stringify(input), bodies)), ...random(anyJson(names))];
      return [...bodies, ...drawn].map((each) => [each, { ...to, headers, body: each.body }]);
    }
    const request = REST_REQUESTS[action];
    if (!request) throw new Error(`test/local/fuzz/valid.ts has no request for ${action}`);
    const named = { service: service.name, ...request('provisioner') };
    const nothing = Buffer.alloc(0);
    return [
      ...oddJson({ a: 1 }).map((each): [OddBody, SignedRequest] => [each, { ...named, body: each.body }]),
      ...['%', '%zz', '%00', '%2F', '__proto__', 'constructor', 'x'.repeat(5_000), ':', '$LATEST', '%F0'].map(
        (name): [OddBody, SignedRequest] => [
          { what: `the name ${name}`, body: nothing },
          { service: service.name, ...request(name) },
        ],
      ),
      ...['x-amz-invocation-type', 'x-amz-log-type', 'x-amz-client-context'].flatMap((name) =>
        ODD_PARAMETERS.map((value): [OddBody, SignedRequest] => [
          { what: `${name}: ${value.slice(0, 30)}`, body: nothing },
          { ...named, headers: { ...named.headers, [name]: value } },
        ]),
      ),
    ];
  }

  it('cause no fault of any operation', async () => {
    for (const { service } of Object.values(cloud.services)) {
      if (service.protocol === 'stream') continue;
      for (const action of operationsOf(service)) {
        await prepare();
        for (const [{ what }, request] of requestsOf(service, action)) {
          const isPoll = action === 'GetActivityTask';
          const answered = await send(cloud, request, isPoll ? POLL_MILLISECONDS : undefined);
          expectNoFault(`${service.name}:${action}, ${what}`, answered);
        }
      }
    }
    await expectNothingMade();
  });

  it('are changes of requests that each operation accepts', async () => {
    for (const { service } of Object.values(cloud.services)) {
      if (service.protocol === 'stream') continue;
      for (const [action, { input: schema }] of Object.entries(service.operations)) {
        if (service.protocol === 'rest-json') continue;
        const { data, error } = schema.safeParse(formed(service, validInput(action, schema).input));
        expect(error?.issues, `${service.name}:${action} ${JSON.stringify(data)}`).to.equal(undefined);
      }
    }
  });

  it('cause no fault of S3', async () => {
    const path = `/${bucket}/fuzz/object`;
    const upload = (query: Record<string, string>, method = 'POST', body?: Buffer) =>
      send(cloud, { service: 's3', method, path, query, body });
    await send(cloud, { service: 's3', method: 'PUT', path, body: Buffer.from('content') });
    const [, uploadId = ''] =
      /<UploadId>(.*)<\/UploadId>/.exec((await upload({ uploads: '' }))?.body ?? '') ?? [];
    expect(await upload({ partNumber: '1', uploadId }, 'PUT', Buffer.from('part'))).to.include({
      status: 200,
    });
    const attempt = async (what: string, request: Omit<SignedRequest, 'service'>) => {
      const isDeletion = request.query?.delete !== undefined;
      const headers: Record<string, string> = isDeletion ? { 'content-md5': md5(request.body) } : {};
      const signed = { service: 's3', ...request, headers: { ...headers, ...request.headers } };
      const answered = await send(cloud, signed);
      expectNoFault(`s3, ${what}`, answered);
      return answered;
    };

    for (const name of Object.values(cloud.services).flatMap(({ service: each }) =>
      each.protocol === 'stream' ? operationsOf(each) : [],
    )) {
      const make = S3_REQUESTS[name];
      if (!make) throw new Error(`test/local/fuzz/valid.ts has no request for ${name}`);
      const { body: content = '', odd, code, selects, ...request } = make(bucket, uploadId);
      const query = { ...selects, ...request.query };
      const valid = { ...request, query, body: Buffer.from(content) };
      const answered = await attempt(name, valid);
      expect(answered?.code, answered?.body).to.equal(code);
      for (const value of ODD_PARAMETERS) {
        for (const header of Object.keys(valid.headers ?? {})) {
          await attempt(`${name}, ${header}: ${value}`, {
            ...valid,
            headers: { ...valid.headers, [header]: value },
          });
        }
        for (const parameter of Object.keys(request.query ?? {})) {
          await attempt(`${name}, ${parameter}=${value}`, {
            ...valid,
            query: { ...valid.query, [parameter]: value },
          });
        }
      }
      const bodies = odd?.(content) ?? [];
      for (const { what, body } of odd ? [...bodies, ...random(brokenBodies(content, bodies))] : []) {
        await attempt(`${name}, ${what}`, { ...valid, body });
      }
    }
    await expectNothingMade();
  });

  it('show no data to a client without credentials', async () => {
    const strangers = { ...cloud, credentials: { ...cloud.credentials, secretAccessKey: 'guessed' } };
    for (const { service } of Object.values(cloud.services)) {
      if (service.protocol === 'stream') continue;
      for (const action of operationsOf(service)) {
        const requests = requestsOf(service, action);
        const codes = new Set<string | undefined>();
        for (const [, request] of fc.sample(fc.constantFrom(...requests), { seed: SEED, numRuns: RUNS })) {
          codes.add((await send(strangers, request))?.code);
        }
        expect([...codes], action).to.have.length(1);
        expect([...codes][0]).to.match(/^(InvalidSignatureException|SignatureDoesNotMatch)$/);
      }
    }
  });
});

/** The input as the protocol passes it to the schema: values of a form are texts. */
const formed = ({ protocol }: OperationsService, input: Record<string, unknown>) =>
  protocol === 'query'
    ? JSON.parse(JSON.stringify(input), (_, value) => (typeof value === 'number' ? `${value}` : value))
    : input;
