/** What executions share: where they run, whom they call, and what is kept of them. */
import type { Activities } from './activities';
import type { Site } from './arns';
import type { Clients } from './clients';
import type { ExecutionStore } from './store';

/** An event for EventBridge's default bus. */
export interface PublishedEvent {
  source: string;
  'detail-type': string;
  resources: string[];
  detail: Record<string, unknown>;
}

export interface Engine {
  site: Site;
  clients: Clients;
  activities: Activities;
  executions: ExecutionStore;
  publish(event: PublishedEvent): void;
  /** Throws a ServiceError unless the role may do this; what the service does itself goes through no gateway. */
  allow(roleArn: string, action: string, resource: string): void;
  /** Keeps track of work that goes on after its request was answered, so that close() can wait for it. */
  track(work: Promise<unknown>): void;
}
