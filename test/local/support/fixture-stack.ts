/** A small stack as CDKTF would synthesize it, with a worker and a function of a few lines, and its local cloud. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../../local/cloud';

export const REGION = 'eu-west-1';
export const ACCOUNT = '000000000000';

/** A worker that obeys or ignores SIGTERM, and then logs its environment. */
const WORKER = `
process.on('SIGTERM', () => {
  console.log('SIGTERM');
  if (process.env.IGNORE_SIGTERM !== 'yes') process.exit(0);
});
console.log(JSON.stringify({ environment: Object.keys(process.env).sort(), send: typeof process.send,
  credentials: [process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI, process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN], metadata: process.env.ECS_CONTAINER_METADATA_URI_V4 }));
if (process.env.MEMORY_MIB) globalThis.held = Buffer.alloc(Number(process.env.MEMORY_MIB) * 1024 * 1024, 1);
if (process.env.EXIT_CODE) process.exit(Number(process.env.EXIT_CODE));
setInterval(() => {}, 1000);
`;

const FUNCTION = `
let invocations = 0;
exports.handler = async (event, context) => {
  console.log('event', JSON.stringify(event));
  invocations += 1;
  if (event.sleep) await new Promise((resolve) => setTimeout(resolve, event.sleep * 1000));
  if (event.fail) { const error = new Error(event.fail); error.name = 'CustomError'; throw error; }
  if (event.exit) process.exit(event.exit);
  if (event.run) return new Function('require', event.run)(require);
  return { event, invocations, pid: process.pid, requestId: context.awsRequestId,
    greeting: process.env.GREETING, remaining: context.getRemainingTimeInMillis() > 0,
    credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
      sessionToken: process.env.AWS_SESSION_TOKEN } };
};
`;

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });

/** The policy of a role that a service may assume. `more`: further members of its statement. */
export const trust = (service: string, more = {}) =>
  policy({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole', ...more });

export interface FixtureOptions {
  /** Changes to the worker's container definition. */
  container?: Record<string, unknown>;
  /** Changes to the function. */
  function?: Record<string, unknown>;
  maxSize?: number;
  /** Further resources, by type. */
  resources?: Record<string, Record<string, object>>;
}

function document({ container, maxSize = 5, ...options }: FixtureOptions): object {
  return {
    provider: { aws: [{ region: REGION }] },
    data: { aws_caller_identity: { current: {} } },
    resource: {
      aws_s3_bucket: { data: { bucket: 'fixture-${data.aws_caller_identity.current.account_id}' } },
      aws_ecr_repository: { worker: { name: 'worker' } },
      aws_cloudwatch_log_group: {
        worker: { name: '/fixture/worker' },
        function: { name: '/aws/lambda/provisioner' },
      },
      aws_ecs_cluster: { workers: { name: 'cluster' } },
      aws_ecs_capacity_provider: {
        workers: {
          name: 'capacity',
          auto_scaling_group_provider: { auto_scaling_group_arn: '${aws_autoscaling_group.workers.arn}' },
        },
      },
      aws_iam_role: {
        worker: { name: 'worker', assume_role_policy: trust('ecs-tasks.amazonaws.com') },
        function: { name: 'function', assume_role_policy: trust('lambda.amazonaws.com') },
      },
      aws_iam_role_policy: {
        worker: {
          role: '${aws_iam_role.worker.name}',
          name: 'worker',
          policy: policy({
            Effect: 'Allow',
            Action: 's3:GetObject',
            Resource: '${aws_s3_bucket.data.arn}/input/*',
          }),
        },
      },
      aws_ecs_task_definition: {
        worker: {
          family: 'worker',
          task_role_arn: '${aws_iam_role.worker.arn}',
          container_definitions: JSON.stringify([
            {
              name: 'worker',
              image: '${aws_ecr_repository.worker.repository_url}:1',
              command: ['node', 'worker.js'],
              stopTimeout: 120,
              environment: [{ name: 'GREETING', value: 'hello' }],
              logConfiguration: {
                logDriver: 'awslogs',
                options: {
                  'awslogs-group': '${aws_cloudwatch_log_group.worker.name}',
                  'awslogs-stream-prefix': 'worker',
                },
              },
              ...container,
            },
          ]),
        },
      },
      aws_ecs_service: {
        workers: {
          name: 'workers',
          cluster: '${aws_ecs_cluster.workers.id}',
          task_definition: '${aws_ecs_task_definition.worker.arn}',
          scheduling_strategy: 'DAEMON',
        },
      },
      aws_launch_template: {
        workers: {
          name: 'workers',
          instance_type: 'm6i.large',
          user_data: Buffer.from('ECS_CLUSTER=cluster\n').toString('base64'),
        },
      },
      aws_autoscaling_group: {
        workers: {
          name: 'group',
          min_size: 0,
          max_size: maxSize,
          launch_template: { id: '${aws_launch_template.workers.id}' },
        },
      },
      aws_lambda_function: {
        provisioner: {
          function_name: 'provisioner',
          role: '${aws_iam_role.function.arn}',
          handler: 'index.handler',
          filename: 'function.zip',
          timeout: 10,
          environment: { variables: { GREETING: 'hello' } },
          ...options.function,
        },
      },
      ...options.resources,
    },
    output: {
      worker_image_uri: { value: '${aws_ecr_repository.worker.repository_url}:1' },
      worker_bundle: { value: 'worker' },
      bucket_name: { value: '${aws_s3_bucket.data.bucket}' },
    },
  };
}

export interface Fixture {
  /** The stack's folder. */
  folder: string;
  bucketFolder: string;
  remove(): void;
}

export function writeFixture(options: FixtureOptions = {}): Fixture {
  const folder = mkdtempSync(join(tmpdir(), 'stack-test-'));
  const bucketFolder = join(folder, 'bucket');
  mkdirSync(bucketFolder);
  mkdirSync(join(folder, 'worker'));
  writeFileSync(join(folder, 'worker', 'worker.js'), WORKER);
  writeFileSync(join(folder, 'function.zip'), zipSync({ 'index.js': strToU8(FUNCTION) }));
  writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(document(options)));
  return { folder, bucketFolder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Boots the fixture; `close` removes it as well. */
export async function bootFixture(
  stack: FixtureOptions = {},
  cloud: Partial<LocalCloudOptions> = {},
): Promise<LocalCloud & { bucketFolder: string }> {
  const fixture = writeFixture(stack);
  const { folder: stackFolder, bucketFolder } = fixture;
  const booted = await startLocalCloud({
    stackFolder,
    bucketFolder,
    bootSeconds: 0.05,
    closeSeconds: 1,
    ...cloud,
  }).catch((error) => {
    fixture.remove();
    throw error;
  });
  return {
    ...booted,
    bucketFolder,
    close: () => booted.close().finally(fixture.remove),
  };
}
