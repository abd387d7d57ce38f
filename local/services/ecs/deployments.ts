/** The clusters of a stack with their services, and the task definitions that are deployed to these. */
import { isDeepStrictEqual } from 'node:util';
import type { Attributes, Stack } from '../../core/stack/stack';
import { Cluster } from './cluster';
import { DaemonService } from './daemon-service';
import { type TemplateContext, taskDefinitionOf, taskTemplate } from './task-template';

export class Deployments {
  readonly clusters: readonly Cluster[];
  /** The task definition of each service. */
  private readonly deployed = new Map<DaemonService, Attributes>();

  constructor(
    stack: Stack,
    private readonly context: TemplateContext,
  ) {
    this.clusters = stack.resources('aws_ecs_cluster').map(({ attributes }) => new Cluster(attributes));
    for (const { attributes } of stack.resources('aws_ecs_service')) {
      const cluster = this.clusters.find(({ arn, name }) => [arn, name].includes(attributes.cluster));
      const definition = taskDefinitionOf(stack, attributes);
      if (!cluster || !definition) continue;
      const service = new DaemonService(attributes, taskTemplate(definition, context), cluster);
      this.deployed.set(service, definition);
      cluster.services.set(service.name, service);
    }
  }

  /** Deploys the task definitions of another synthesis that have changed, each as a new revision. */
  update(stack: Stack): void {
    for (const { attributes } of stack.resources('aws_ecs_service')) {
      const service = this.clusters.flatMap(({ services }) => services.get(attributes.name) ?? [])[0];
      const definition = taskDefinitionOf(stack, attributes);
      if (service && definition) this.deploy(service, definition);
    }
  }

  private deploy(service: DaemonService, definition: Attributes): void {
    const before = this.deployed.get(service);
    if (isDeepStrictEqual(withoutRevision(definition), withoutRevision(before))) return;
    const revision = (before?.revision ?? 0) + 1;
    const arn = definition.arn.replace(/:\d+$/, `:${revision}`);
    const deployed = { ...definition, revision, arn };
    this.deployed.set(service, deployed);
    service.deploy(taskTemplate(deployed, this.context));
  }
}

function withoutRevision({ revision: _, arn: __, ...content }: Attributes = {}): Attributes {
  return content;
}
