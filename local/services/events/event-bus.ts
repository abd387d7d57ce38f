/** EventBridge's default bus: hands events and schedules to the functions that rules have as targets. */
import { randomUUID } from 'node:crypto';
import type { Core } from '../../core/local-service';
import type { PublishedEvent } from '../../core/published-event';
import type { Attributes } from '../../core/stack/stack';
import type { Lambda } from '../lambda';
import type { Rule } from './rules';
import { targetInput } from './target-input';

export class EventBus {
  private readonly timers: NodeJS.Timeout[] = [];
  private closed = false;

  constructor(
    private readonly rules: readonly Rule[],
    private readonly core: Pick<Core, 'stack' | 'log'>,
    private readonly lambda: Lambda,
  ) {}

  /** Starts the schedules. */
  start(): void {
    for (const rule of this.rules) {
      const { everyMilliseconds, attributes } = rule;
      if (everyMilliseconds === undefined) continue;
      const resources = [attributes.arn];
      const event = { source: 'aws.events', 'detail-type': 'Scheduled Event', resources, detail: {} };
      const fire = () => this.deliver(rule, this.envelope(event));
      this.timers.push(setInterval(fire, everyMilliseconds).unref());
    }
  }

  /** Hands the event to the targets of every rule that it matches; to none once the bus is closed. */
  publish(event: PublishedEvent): void {
    const envelope = this.envelope(event);
    for (const rule of this.rules) if (rule.matches?.(envelope)) this.deliver(rule, envelope);
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearInterval(timer);
  }

  /** As JSON, so that a date is the text that a pattern and a function see. */
  private envelope(event: PublishedEvent) {
    const { account, region } = this.core.stack.accountAndRegion;
    return JSON.parse(
      JSON.stringify({ version: '0', id: randomUUID(), account, region, time: new Date(), ...event }),
    );
  }

  private deliver({ attributes, targets }: Rule, envelope: unknown): void {
    if (this.closed || attributes.state === 'DISABLED' || attributes.is_enabled === false) return;
    for (const target of targets) {
      if (this.mayInvoke(attributes, target))
        this.lambda.invokeAsync(target.arn, Buffer.from(targetInput(target, envelope)));
      // On AWS only a metric shows that the invocation failed.
      else this.core.log(`${attributes.name} may not invoke ${target.arn}: it has no aws_lambda_permission`);
    }
  }

  private mayInvoke(rule: Attributes, { arn }: Attributes): boolean {
    return this.core.stack
      .resources('aws_lambda_permission')
      .some(
        ({ attributes: { function_name, principal, source_arn = rule.arn, action } }) =>
          (function_name === arn || arn.endsWith(`:function:${function_name}`)) &&
          principal === 'events.amazonaws.com' &&
          ['lambda:InvokeFunction', 'lambda:*'].includes(action) &&
          source_arn === rule.arn,
      );
  }
}
