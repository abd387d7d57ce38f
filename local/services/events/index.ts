/** EventBridge: the stack's rules on the default bus. */
import type { Core, LocalService } from '../../core/local-service';
import type { PublishedEvent } from '../../core/published-event';
import type { Lambda } from '../lambda';
import { EventBus } from './event-bus';
import { eventsService } from './operations';
import { rulesOf } from './rules';

/** What other services send events to. */
export interface Events {
  publish(event: PublishedEvent): void;
}

/** Throws a LocalCloudError for a pattern, a schedule or a target that the local cloud does not serve. */
export function createEvents(core: Pick<Core, 'stack' | 'log'>, lambda: Lambda): LocalService & Events {
  const rules = rulesOf(core.stack);
  const bus = new EventBus(rules, core, lambda);
  return {
    service: eventsService(rules),
    fixed: ['aws_cloudwatch_event_rule', 'aws_cloudwatch_event_target'],
    publish: (event) => bus.publish(event),
    start: () => bus.start(),
    close: () => bus.close(),
  };
}
