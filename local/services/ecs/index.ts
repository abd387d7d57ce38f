/** Amazon ECS: the stack's clusters and services. Its container agent runs on the instances. */
import type { Core, LocalService } from '../../core/local-service';
import type { Logs } from '../logs';
import type { Cluster } from './cluster';
import type { Instance } from './container-instance';
import { Deployments } from './deployments';
import { imagesOf } from './images';
import { ecsService } from './operations';
import type { Task } from './task';
import { TaskEndpoints } from './task-endpoints';
import type { TaskSettings } from './task-template';

export interface EcsOptions extends TaskSettings {
  /**
   * Folders with the packages that the image's build would install, by their paths in the image, such as `processors/node_modules`.
   * Default: none.
   */
  installedPackages?: Record<string, string>;
  /** Seconds that tasks have to end when the local cloud closes. Default 5. */
  closeSeconds?: number;
}

export interface Ecs {
  clusters: readonly Cluster[];
  /** Tasks whose container runs. */
  runningTasks(): Task[];
  /** The container agent of all instances. An instance joins the cluster that its user data names. */
  agent: {
    onInService(instance: Instance, userData: string): void;
    drain(instance: Instance): Promise<void>;
    onTerminated(instance: Instance): void;
  };
}

export function createEcs(core: Core, logs: Logs, options: EcsOptions): LocalService & Ecs {
  const { installedPackages = {}, closeSeconds = 5, ...settings } = options;
  const images = imagesOf(core.stack, installedPackages);
  const endpoints = new TaskEndpoints(core.endpoint, core.identities);
  const deployments = new Deployments(core.stack, { core, logs, endpoints, images, settings });
  const { clusters } = deployments;
  const hostOf = (instance: Instance) => clusters.find((cluster) => cluster.has(instance));
  return {
    clusters,
    runningTasks: () =>
      clusters
        .flatMap(({ tasks }) => [...tasks.values()])
        .filter(({ lastStatus }) => lastStatus === 'RUNNING'),
    agent: {
      onInService(instance, userData) {
        const joined = /ECS_CLUSTER=["']?([\w-]+)/.exec(userData)?.[1];
        clusters.find(({ name }) => name === joined)?.register(instance);
      },
      drain: async (instance) => hostOf(instance)?.drain(instance),
      onTerminated: (instance) => void hostOf(instance)?.deregister(instance),
    },
    service: { ...ecsService(clusters), routes: endpoints.routes },
    fixed: ['aws_ecs_cluster'],
    update(stack) {
      for (const image of imagesOf(stack, installedPackages)) images.set(...image);
      deployments.update(stack);
    },
    async close() {
      const stopped = Promise.all(clusters.map((cluster) => cluster.close()));
      const killTimer = setTimeout(() => {
        for (const { tasks } of clusters) for (const task of tasks.values()) task.kill();
      }, closeSeconds * 1000);
      await stopped;
      clearTimeout(killTimer);
    },
  };
}
