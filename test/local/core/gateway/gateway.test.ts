import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import { ECSClient, ListClustersCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import * as z from 'zod';
import {
  DropConnection,
  type Gateway,
  type Identity,
  type RequestRecord,
  startGateway,
} from '../../../../local/core/gateway';
import { HttpAnswer, operation, type Service, ServiceError } from '../../../../local/core/service';
import { failure } from '../../../support/failure';
import { isAwsCliMissing } from '../../../support/tools';
import { signerOf } from '../../support/signer';

const user: Identity = {
  caller: { accessKeyId: 'AKIATEST', arn: 'arn:aws:iam::000000000000:user/local' },
  secretAccessKey: 'secret',
};
const expired: Identity = {
  caller: { accessKeyId: 'ASIAOLD', arn: 'arn:aws:sts::000000000000:assumed-role/r/s', roleName: 'r' },
  secretAccessKey: 'old',
  sessionToken: 'token',
  expiration: new Date(0),
};
const identities = {
  find: (key: string) => [user, expired].find(({ caller }) => caller.accessKeyId === key),
};

describe('the gateway', () => {
  let gateway: Gateway;
  const records: RequestRecord[] = [];
  const seen: Record<string, unknown> = {};
  let aborted: Promise<void>;
  let intercept: () => void = () => {};

  const services: Service[] = [
    {
      name: 'ecs',
      protocol: 'json',
      routes: { '/_ecs/': (_request, response) => void response.end('metadata') },
      operations: {
        ListClusters: operation({
          input: z.object({}),
          run(_, { signal }) {
            aborted = once(signal, 'abort').then(() => {});
            return aborted;
          },
        }),
        ListTasks: operation({
          input: z.object({ cluster: z.string().optional() }),
          run: (input) => ({ taskArns: [JSON.stringify(input)] }),
        }),
      },
    },
    {
      name: 'autoscaling',
      protocol: 'query',
      operations: {
        DescribeAutoScalingGroups: operation({
          input: z.object({ AutoScalingGroupNames: z.array(z.string()).optional() }),
          run(input) {
            seen.names = input.AutoScalingGroupNames;
            return {
              AutoScalingGroups: [
                { AutoScalingGroupName: 'g<1>', MinSize: 0, CreatedTime: new Date(1e12), Instances: [] },
              ],
            };
          },
        }),
        SetDesiredCapacity: operation({
          input: z.object({}),
          run() {
            throw new ServiceError('ValidationError', 'New value is above max value');
          },
        }),
      },
    },
    {
      name: 'lambda',
      protocol: 'rest-json',
      operations: {
        Invoke: operation({
          http: {
            method: 'POST',
            path: '/2015-03-31/functions/{FunctionName}/invocations',
            payload: 'Payload',
          },
          input: z.object({ FunctionName: z.string(), Payload: z.instanceof(Buffer) }),
          run: ({ FunctionName, Payload }) =>
            new HttpAnswer(
              200,
              { 'x-amz-function-error': 'Unhandled' },
              Buffer.from(`${FunctionName} ${Payload}`),
            ),
        }),
      },
    },
    {
      name: 's3',
      protocol: 'stream',
      operations: ['GetObject'],
      regionOf: () => 'eu-west-1',
      read: (request) => ({
        operation: 'GetObject',
        authorizations: [{ action: 's3:GetObject', resources: [`arn:aws:s3:::${request.url?.slice(1)}`] }],
        async handle(response) {
          response.end(`body of ${request.url}`);
        },
      }),
      renderError(error, _request, response) {
        response.writeHead(error.statusCode, { 'content-type': 'application/xml' });
        response.end(`<Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`);
      },
    },
  ];

  const config = (identity: Identity = user, secretAccessKey = identity.secretAccessKey) => ({
    endpoint: gateway.endpoint,
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: {
      accessKeyId: identity.caller.accessKeyId,
      secretAccessKey,
      sessionToken: identity.sessionToken,
    },
  });
  before(async () => {
    gateway = await startGateway({
      region: 'eu-west-1',
      services,
      identities,
      policies: {
        denial: (_caller, { action }) => (action === 'ecs:DescribeClusters' ? 'No.' : undefined),
      },
      onRequest: (record) => records.push(record),
      intercept: () => intercept(),
    });
  });
  after(() => gateway.close());

  it('speaks AWS JSON', async () => {
    const { taskArns } = await new ECSClient(config()).send(new ListTasksCommand({ cluster: 'ü' }));
    expect(taskArns).to.deep.equal(['{"cluster":"ü"}']);
    const { service, action, caller, status } = records.at(-1) as RequestRecord;
    expect({ service, action, status }).to.deep.equal({ service: 'ecs', action: 'ListTasks', status: 200 });
    expect(caller).to.equal(user.caller);
  });

  it('speaks AWS Query', async () => {
    const client = new AutoScalingClient(config());
    const answer = await client.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['a', 'b'] }),
    );
    expect(seen.names).to.deep.equal(['a', 'b']);
    const [group] = answer.AutoScalingGroups ?? [];
    expect(group).to.deep.include({ AutoScalingGroupName: 'g<1>', MinSize: 0, CreatedTime: new Date(1e12) });
    const error = await failure(
      client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'g', DesiredCapacity: 9 })),
    );
    expect([error.name, error.message]).to.deep.equal(['ValidationError', 'New value is above max value']);
  });

  it("speaks Lambda's REST", async () => {
    const answer = await new LambdaClient(config()).send(
      new InvokeCommand({
        FunctionName: 'arn:aws:lambda:eu-west-1:0:function:f',
        Payload: Buffer.from('{"a":1}'),
      }),
    );
    expect(Buffer.from(answer.Payload ?? []).toString()).to.equal(
      'arn:aws:lambda:eu-west-1:0:function:f {"a":1}',
    );
    expect(answer.FunctionError).to.equal('Unhandled');
  });

  it('passes S3 its requests, with keys of any form', async () => {
    const client = new S3Client(config());
    for (const key of ['a b+c%/d?e#f', '../x//y/./z', 'ünï/日本', "!'()*~"]) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bkt', Key: key }));
      expect(await Body?.transformToString()).to.match(/^body of \/bkt\//);
    }
  });

  it('refuses unknown keys, bad signatures, expired and missing tokens with the error names of AWS', async () => {
    const codes = async (identity: Identity, secret?: string) => [
      (await failure(new ECSClient(config(identity, secret)).send(new ListTasksCommand({})))).name,
      (
        await failure(
          new AutoScalingClient(config(identity, secret)).send(new DescribeAutoScalingGroupsCommand({})),
        )
      ).name,
      (
        await failure(
          new S3Client(config(identity, secret)).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' })),
        )
      ).name,
    ];
    const unknown = { ...user, caller: { ...user.caller, accessKeyId: 'AKIANONE' } };
    expect(await codes(unknown)).to.deep.equal([
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'InvalidAccessKeyId',
    ]);
    const mismatch = ['InvalidSignatureException', 'SignatureDoesNotMatch', 'SignatureDoesNotMatch'];
    expect(await codes(user, 'wrong')).to.deep.equal(mismatch);
    expect(await codes(expired)).to.deep.equal(['ExpiredTokenException', 'ExpiredToken', 'ExpiredToken']);
    expect(await codes({ ...expired, sessionToken: 'other' })).to.deep.equal([
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'InvalidToken',
    ]);
    expect((await fetch(`${gateway.endpoint}/bkt/key`)).status).to.equal(403);
    const unsigned = await fetch(gateway.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'ECS.ListTasks' },
    });
    expect(await unsigned.json()).to.have.property('__type', 'MissingAuthenticationTokenException');
  });

  it('accepts presigned requests until they expire, and no request that was changed in transit', async () => {
    const signer = signerOf('s3', config());
    const { host } = new URL(gateway.endpoint);
    const presign = async (signingDate: Date) => {
      const unsigned = {
        method: 'GET',
        protocol: 'http:',
        hostname: '127.0.0.1',
        path: '/b/k%20ey',
        headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      };
      const { query = {}, path } = await signer.presign(unsigned, { expiresIn: 60, signingDate });
      return `${gateway.endpoint}${path}?${new URLSearchParams(query as Record<string, string>)}`.replaceAll(
        '+',
        '%20',
      );
    };
    const url = await presign(new Date());
    expect(await (await fetch(url)).text()).to.match(/^body of /);
    expect(await (await fetch(url.replace('/b/', '/c/'))).text()).to.contain('SignatureDoesNotMatch');
    expect(await (await fetch(await presign(new Date(Date.now() - 120_000)))).text()).to.contain(
      'Request has expired',
    );
    const old = await fetch(`${gateway.endpoint}/b/k?AWSAccessKeyId=AKIATEST&Signature=x`);
    expect(await old.text()).to.contain('Please use AWS4-HMAC-SHA256');

    const { headers } = await signerOf('ecs', config()).sign({
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: '/',
      headers: { host, 'x-amz-target': 'ECS.ListTasks', 'content-type': 'application/x-amz-json-1.1' },
      body: '{"cluster":"a"}',
    });
    const send = async (body: string) =>
      (await fetch(gateway.endpoint, { method: 'POST', headers, body })).json();
    expect(await send('{"cluster":"a"}')).to.have.property('taskArns');
    expect(await send('{"cluster":"b"}')).to.have.property('__type', 'InvalidSignatureException');
  });

  it('names the operation that it does not implement', async () => {
    const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
    const error = await failure(
      new ECSClient(config()).send(new DescribeServicesCommand({ services: ['s'] })),
    );
    expect(error.message).to.contain('does not implement ecs:DescribeServices');
    const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
    const other = await failure(new STSClient(config()).send(new GetCallerIdentityCommand({})));
    expect(other.message).to.contain('does not implement sts:GetCallerIdentity');
    const Filters = [{ Name: 'tag:a', Values: ['b'] }];
    const filtered = new AutoScalingClient(config()).send(new DescribeAutoScalingGroupsCommand({ Filters }));
    expect((await failure(filtered)).message).to.contain('the parameter Filters.member.1.Name');
  });

  it('tells an operation that its client has hung up', async () => {
    const abort = new AbortController();
    const call = new ECSClient(config()).send(new ListClustersCommand({}), { abortSignal: abort.signal });
    call.catch(() => {});
    while (!aborted) await new Promise(setImmediate);
    abort.abort();
    await aborted;
  });

  it('lets an interceptor fail a request or cut it off', async () => {
    intercept = () => {
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    };
    const client = new ECSClient(config());
    expect((await failure(client.send(new ListTasksCommand({})))).name).to.equal('ThrottlingException');
    intercept = () => {
      throw new DropConnection();
    };
    expect((await failure(client.send(new ListTasksCommand({})))).message).to.match(
      /socket hang up|ECONNRESET/,
    );
    intercept = () => {};
  });

  it('serves its own routes without a signature', async () => {
    expect(await (await fetch(`${gateway.endpoint}/_ecs/x`)).text()).to.equal('metadata');
  });

  it('is understood by the AWS CLI', async function () {
    if (isAwsCliMissing('the gateway by the AWS CLI')) this.skip();
    const environment = {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: gateway.endpoint,
    };
    const child = spawn('aws', ['autoscaling', 'describe-auto-scaling-groups', '--output', 'text'], {
      env: environment,
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await once(child, 'close');
    expect(output).to.contain('g<1>');
  });
});
