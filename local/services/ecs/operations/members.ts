/** Members of ECS's requests, and the answers that operations have in common. */
import * as z from 'zod';
import { failsWith } from '../../../core/members';
import { page } from '../../../core/pages';
import { type Authorization, ServiceError } from '../../../core/service';
import type { Cluster } from '../cluster';
import type { Task } from '../task';

/** Code of every error for input, as ECS has it. */
export const INVALID = 'InvalidParameterException';

/** Name or ARN. */
export const cluster = z.string().default('default');
export const paging = { nextToken: z.string().optional(), maxResults: z.int().min(1).max(100).default(100) };
/** Names or ARNs. @param what as ECS calls them in its errors */
export const named = (what: string, maximum: number) =>
  z
    .array(z.unknown())
    .refine(
      ({ length }) => length > 0,
      failsWith(INVALID, () => `${what} cannot be empty.`),
    )
    .refine(
      ({ length }) => length <= maximum,
      failsWith(INVALID, () => `${what} cannot exceed ${maximum} elements.`),
    )
    .pipe(z.array(z.string()));

export interface ClusterInput {
  cluster: string;
}

/** The name at the end of an ARN, or the name that is given. */
export const last = (arn: string) => arn.split('/').at(-1) ?? arn;
export const count = (tasks: Task[], status: Task['lastStatus']) =>
  tasks.filter(({ lastStatus }) => lastStatus === status).length;

/** Finds the cluster that a request names. */
export class Clusters {
  constructor(readonly all: readonly Cluster[]) {}

  look({ cluster }: ClusterInput): Cluster | undefined {
    return this.all.find(({ name }) => name === last(cluster));
  }

  /** Throws ClusterNotFoundException. */
  find(input: ClusterInput): Cluster {
    const found = this.look(input);
    if (!found) throw new ServiceError('ClusterNotFoundException', 'Cluster not found.');
    return found;
  }

  /** The resources as the service authorization reference names them, on the condition of their cluster. */
  within<Input extends ClusterInput>(action: string, kind: string, names: (input: Input) => string[]) {
    return (input: Input): Authorization => {
      const cluster = this.look(input);
      if (!cluster) return { action: `ecs:${action}`, resources: ['*'] };
      const base = cluster.arn.replace(':cluster/', `:${kind}/`);
      const resources = names(input).map((name) => `${base}/${last(name)}`);
      return { action: `ecs:${action}`, resources, conditionKeys: { 'ecs:cluster': cluster.arn } };
    };
  }
}

/** Describes those of `items` that are named, and says which are not there. */
export function described<Item extends { arn: string }>(
  member: string,
  items: Iterable<Item>,
  names: string[],
  describe: (item: Item) => object,
) {
  const all = new Map([...items].map((item) => [last(item.arn), item]));
  return {
    [member]: names.flatMap((name) => all.get(last(name)) ?? []).map(describe),
    failures: names.filter((name) => !all.has(last(name))).map((arn) => ({ arn, reason: 'MISSING' })),
  };
}

export function listed(
  member: string,
  arns: string[],
  { nextToken, maxResults }: { nextToken?: string; maxResults: number },
) {
  const { items, nextToken: next } = page(arns, nextToken, maxResults);
  return { [member]: items, nextToken: next };
}
