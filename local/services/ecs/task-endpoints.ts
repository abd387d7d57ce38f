/**
 * The endpoints that the ECS agent serves to a task on link-local addresses: its role's credentials, and its metadata. Here every process of the
 * machine reaches them, so only the task learns where they are, and the token that its credentials take.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Assumer, StackIdentities } from '../../core/iam/identities';
import type { Task } from './task';

/** Below it, `<a secret of the task>/…`; no bucket's name begins like this. */
const TASK_ROUTE = '/_ecs/';

export class TaskEndpoints {
  /** By the secret in the path. */
  private readonly tasks = new Map<string, { task: Task; token: string }>();

  constructor(
    private readonly endpoint: string,
    private readonly identities: StackIdentities,
  ) {}

  /** The variables that lead a task's SDK here. */
  register(task: Task): Record<string, string> {
    const [secret, token] = [newSecret(), newSecret()];
    this.tasks.set(secret, { task, token });
    const base = `${this.endpoint}${TASK_ROUTE}${secret}`;
    return {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${base}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
      ECS_CONTAINER_METADATA_URI_V4: `${base}/metadata`,
    };
  }

  /** For the gateway. */
  get routes() {
    const serve = (request: IncomingMessage, response: ServerResponse) => this.serve(request, response);
    return { [TASK_ROUTE]: serve };
  }

  unregister(task: Task): void {
    for (const [secret, known] of this.tasks) if (known.task === task) this.tasks.delete(secret);
    this.identities.endSession(task.options.taskRoleArn ?? '', assumerOf(task));
  }

  private async serve(
    { method, url = '', headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const [secret = '', ...rest] = url.slice(TASK_ROUTE.length).split('/');
    const known = this.tasks.get(secret);
    if (!known || method !== 'GET') return answer(response, 404, { message: 'There is no such task.' });
    switch (rest.join('/')) {
      case 'credentials':
        if (!isEqual(headers.authorization, known.token))
          return answer(response, 403, { message: 'Not authorized' });
        return this.credentials(known.task, response);
      case 'metadata/task':
        return answer(response, 200, taskMetadata(known.task));
      default:
        return answer(response, 404, { message: 'There is no such metadata.' });
    }
  }

  private async credentials(task: Task, response: ServerResponse): Promise<void> {
    const { taskRoleArn = '' } = task.options;
    try {
      const credentials = await this.identities.credentialsFor(taskRoleArn, assumerOf(task));
      answer(response, 200, {
        RoleArn: taskRoleArn,
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        Token: credentials.sessionToken,
        Expiration: credentials.expiration.toISOString(),
      });
    } catch (error) {
      answer(response, 403, { code: (error as Error).name, message: (error as Error).message });
    }
  }
}

const newSecret = () => randomBytes(24).toString('base64url');

function isEqual(given = '', expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function assumerOf(task: Task): Assumer {
  return { service: 'ecs-tasks.amazonaws.com', sourceArn: task.arn, session: task.id };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-response.html */
function taskMetadata({ arn, options, desiredStatus, lastStatus }: Task) {
  return {
    Cluster: options.clusterArn,
    TaskARN: arn,
    Family: options.family,
    Revision: options.taskDefinitionArn.split(':').at(-1),
    ServiceName: options.group.replace('service:', ''),
    DesiredStatus: desiredStatus,
    KnownStatus: lastStatus,
    LaunchType: 'EC2',
  };
}

function answer(response: ServerResponse, statusCode: number, document: unknown): void {
  const body = Buffer.from(JSON.stringify(document));
  response.writeHead(statusCode, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}
