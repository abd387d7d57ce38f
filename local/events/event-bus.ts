/** EventBridge's default bus: rules on events and on schedules, with Lambda functions as their targets. */
import { randomUUID } from 'node:crypto';
import { LocalCloudError } from '../errors';
import type { Lambda } from '../lambda/service';
import type { OperationsService } from '../service';
import type { Place } from '../stack/attributes';
import type { Attributes, Stack } from '../stack/stack';
import { matchesPattern } from './pattern';

/** What a service publishes; the bus adds the rest of the envelope. */
export interface PublishedEvent {
  source: string;
  'detail-type': string;
  resources: string[];
  detail: Record<string, unknown>;
}

interface Rule {
  attributes: Attributes;
  targets: Attributes[];
}

const MILLISECONDS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export class EventBus {
  private readonly rules: Rule[];
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly permissions: Attributes[];
  private readonly place: Place;
  private closed = false;

  /** Starts the schedules. Throws a LocalCloudError for a schedule or a target that it cannot serve. */
  constructor(
    stack: Stack,
    private readonly lambda: Lambda,
    private readonly log: (message: string, error: unknown) => void,
  ) {
    this.place = stack.place;
    const targets = stack.resources('aws_cloudwatch_event_target').map(({ attributes }) => attributes);
    this.permissions = stack.resources('aws_lambda_permission').map(({ attributes }) => attributes);
    this.rules = stack.resources('aws_cloudwatch_event_rule').map(({ attributes }) => ({
      attributes,
      targets: targets.filter(({ rule }) => rule === attributes.name),
    }));
    for (const rule of this.rules) this.schedule(rule);
  }

  /** Hands the event to the targets of every rule that it matches; to none once the bus is closed. */
  publish(event: PublishedEvent): void {
    if (this.closed) return;
    const envelope = this.envelope(event);
    for (const rule of this.rules) {
      const { event_pattern: pattern } = rule.attributes;
      if (pattern === undefined || !isEnabled(rule)) continue;
      // Through JSON, so that a Date is the text that a pattern and a function would see.
      if (matchesPattern(JSON.parse(pattern), JSON.parse(JSON.stringify(envelope))))
        this.deliver(rule, envelope);
    }
  }

  service(): OperationsService {
    return {
      name: 'events',
      protocol: 'json',
      operations: {
        ListRules: { run: () => ({ Rules: this.rules.map(describeRule) }) },
        ListTargetsByRule: {
          run: ({ Rule }: { Rule: string }) => ({
            Targets: this.rules
              .filter(({ attributes }) => attributes.name === Rule)
              .flatMap(({ targets }) => targets)
              .map(({ target_id, arn, input }) => ({ Id: target_id, Arn: arn, Input: input })),
          }),
        },
        PutEvents: {
          run: ({
            Entries,
          }: {
            Entries: { Source: string; DetailType: string; Detail: string; Resources?: string[] }[];
          }) => {
            for (const { Source, DetailType, Detail, Resources = [] } of Entries) {
              this.publish({
                source: Source,
                'detail-type': DetailType,
                resources: Resources,
                detail: JSON.parse(Detail),
              });
            }
            return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: randomUUID() })) };
          },
        },
      },
    };
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearInterval(timer);
  }

  private schedule(rule: Rule): void {
    const { schedule_expression: expression, name, arn } = rule.attributes;
    if (expression === undefined || !isEnabled(rule)) return;
    const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
    const milliseconds = Number(count) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
    if (!(milliseconds > 0)) {
      throw new LocalCloudError(
        `The rule ${name} has the schedule ${expression}: the local cloud knows rate(…) only.`,
      );
    }
    const fire = () => {
      const event = { source: 'aws.events', 'detail-type': 'Scheduled Event', resources: [arn], detail: {} };
      this.deliver(rule, this.envelope(event));
    };
    this.timers.push(setInterval(fire, milliseconds).unref());
  }

  private envelope(event: PublishedEvent): Record<string, unknown> {
    const { account, region } = this.place;
    return { version: '0', id: randomUUID(), account, region, time: new Date(), ...event };
  }

  private deliver({ attributes, targets }: Rule, envelope: Record<string, unknown>): void {
    for (const target of targets) {
      if (!target.arn.includes(':lambda:')) {
        throw new LocalCloudError(
          `The rule ${attributes.name} has a target that is not a function: ${target.arn}.`,
        );
      }
      if (!this.mayInvoke(attributes, target)) {
        // On AWS the invocation fails unseen but for a metric.
        this.log(
          `The rule ${attributes.name} may not invoke ${target.arn}: it has no aws_lambda_permission`,
          undefined,
        );
        continue;
      }
      this.lambda.invokeAsync(target.arn, Buffer.from(targetInput(target, envelope)));
    }
  }

  private mayInvoke(rule: Attributes, target: Attributes): boolean {
    return this.permissions.some(
      ({ function_name, principal, source_arn, action }) =>
        (function_name === target.arn || target.arn.endsWith(`:function:${function_name}`)) &&
        principal === 'events.amazonaws.com' &&
        ['lambda:InvokeFunction', 'lambda:*'].includes(action) &&
        (source_arn === undefined || source_arn === rule.arn),
    );
  }
}

function isEnabled({ attributes }: Rule): boolean {
  return attributes.state !== 'DISABLED' && attributes.is_enabled !== false;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
function targetInput(target: Attributes, envelope: Record<string, unknown>): string {
  if (target.input !== undefined) return target.input;
  const transformer = [target.input_transformer].flat()[0];
  if (transformer === undefined) return JSON.stringify(envelope);
  const document = JSON.parse(JSON.stringify(envelope));
  const template: string = transformer.input_template;
  return template.replace(/<([\w.-]+)>/g, (_, name: string, at: number) => {
    const value = readPath(transformer.input_paths?.[name], document) ?? '';
    // Inside of a string of the template, the value is text of that string; elsewhere it is JSON.
    const quotes = template.slice(0, at).match(/(?<!\\)"/g)?.length ?? 0;
    if (quotes % 2 === 0) return JSON.stringify(value);
    return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1);
  });
}

function readPath(path: string | undefined, document: unknown): unknown {
  const names = (path ?? '').replace(/^\$\.?/, '').split('.');
  return names.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    document,
  );
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
