/** EventBridge's default bus: rules on events and on schedules, with Lambda functions as their targets. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LocalCloudError } from '../../core/errors';
import { text } from '../../core/members';
import { page } from '../../core/pages';
import { type OperationsService, operation, ServiceError } from '../../core/service';
import type { Attributes, Stack } from '../../core/stack/stack';
import type { Lambda } from '../lambda';
import type { PublishedEvent } from '../states';
import { compilePattern } from './pattern';

interface Rule {
  attributes: Attributes;
  targets: Attributes[];
  matches?: ReturnType<typeof compilePattern>;
}

const ruleName = text(1, 64).regex(/^[.\-_A-Za-z0-9]+$/);
const paging = { NextToken: text(1, 2_048).optional(), Limit: z.int().min(1).max(100).default(100) };

const MILLISECONDS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export class EventBus {
  readonly service: OperationsService;
  private readonly rules: Rule[];
  private readonly timers: NodeJS.Timeout[] = [];
  private closed = false;

  /** Starts the schedules. Throws a LocalCloudError for a pattern, a schedule or a target that it cannot serve. */
  constructor(
    private readonly stack: Stack,
    private readonly lambda: Lambda,
    private readonly log: (message: string, error: unknown) => void,
  ) {
    const targets = stack.resources('aws_cloudwatch_event_target').map(({ attributes }) => attributes);
    const other = targets.find(({ arn }) => !arn.includes(':lambda:'));
    if (other)
      throw new LocalCloudError(`The rule ${other.rule} has a target that is no function: ${other.arn}.`);
    this.rules = stack
      .resources('aws_cloudwatch_event_rule')
      .map(({ attributes }) => attributes)
      .map((attributes) => ({
        attributes,
        targets: targets.filter(({ rule }) => rule === attributes.name),
        matches: attributes.event_pattern && compilePattern(JSON.parse(attributes.event_pattern)),
      }));
    for (const rule of this.rules) this.schedule(rule);
    this.service = {
      name: 'events',
      protocol: 'json',
      operations: {
        ListRules: operation({
          input: z.object({ NamePrefix: ruleName.optional(), ...paging }),
          run: ({ NamePrefix = '', NextToken, Limit }) => {
            const found = this.rules.filter(({ attributes }) => attributes.name.startsWith(NamePrefix));
            const { items, nextToken } = page(found, NextToken, Limit, 'ValidationException');
            return { Rules: items.map(describeRule), NextToken: nextToken };
          },
        }),
        ListTargetsByRule: operation({
          input: z.object({ Rule: ruleName, ...paging }),
          run: ({ Rule, NextToken, Limit }) => {
            const rule = this.rules.find(({ attributes }) => attributes.name === Rule);
            if (!rule) {
              const message = `Rule ${Rule} does not exist on EventBus default.`;
              throw new ServiceError('ResourceNotFoundException', message);
            }
            const { items, nextToken } = page(rule.targets, NextToken, Limit, 'ValidationException');
            const described = items.map(({ target_id, arn, input }) => ({
              Id: target_id,
              Arn: arn,
              Input: input,
            }));
            return { Targets: described, NextToken: nextToken };
          },
        }),
      },
    };
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

  private schedule(rule: Rule): void {
    const { schedule_expression: expression, name, arn } = rule.attributes;
    if (expression === undefined) return;
    const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
    const milliseconds = Number(count) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
    if (!(milliseconds > 0)) {
      const message = `The rule ${name} has the schedule ${expression}: the local cloud knows rate(…) only.`;
      throw new LocalCloudError(message);
    }
    const event = { source: 'aws.events', 'detail-type': 'Scheduled Event', resources: [arn], detail: {} };
    const fire = () => this.deliver(rule, this.envelope(event));
    this.timers.push(setInterval(fire, milliseconds).unref());
  }

  /** As JSON, so that a date is the text that a pattern and a function see. */
  private envelope(event: PublishedEvent) {
    const { account, region } = this.stack.accountAndRegion;
    return JSON.parse(
      JSON.stringify({ version: '0', id: randomUUID(), account, region, time: new Date(), ...event }),
    );
  }

  private deliver({ attributes, targets }: Rule, envelope: unknown): void {
    if (this.closed || attributes.state === 'DISABLED' || attributes.is_enabled === false) return;
    for (const target of targets) {
      if (this.mayInvoke(attributes, target))
        this.lambda.invokeAsync(target.arn, Buffer.from(targetInput(target, envelope)));
      // On AWS the invocation fails unseen but for a metric.
      else
        this.log(
          `${attributes.name} may not invoke ${target.arn}: it has no aws_lambda_permission`,
          undefined,
        );
    }
  }

  private mayInvoke(rule: Attributes, { arn }: Attributes): boolean {
    return this.stack
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

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
function targetInput({ input, input_transformer }: Attributes, envelope: unknown): string {
  const transformer = [input_transformer].flat()[0];
  if (!transformer) return input ?? JSON.stringify(envelope);
  const template: string = transformer.input_template;
  return template.replace(/<([\w.-]+)>/g, (_, name: string, at: number) => {
    const path: string[] = transformer.input_paths?.[name]?.split('.').slice(1) ?? [];
    const value =
      path.reduce<unknown>((inner, member) => (inner as Attributes | undefined)?.[member], envelope) ?? '';
    // Inside of a string of the template, the value is text of that string; elsewhere it is JSON.
    const quotes = template.slice(0, at).match(/(?<!\\)"/g)?.length ?? 0;
    if (quotes % 2 === 0) return JSON.stringify(value);
    return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1);
  });
}

function describeRule({ attributes }: Rule) {
  return {
    Name: attributes.name,
    Arn: attributes.arn,
    Description: attributes.description,
    EventPattern: attributes.event_pattern,
    ScheduleExpression: attributes.schedule_expression,
    State: attributes.state ?? 'ENABLED',
    EventBusName: 'default',
  };
}
