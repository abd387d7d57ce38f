/** EventBridge's API: look at rules and their targets. */
import * as z from 'zod';
import { text } from '../../core/members';
import { page } from '../../core/pages';
import { type OperationsService, operation, ServiceError } from '../../core/service';
import type { Rule } from './rules';

const ruleName = text(1, 64).regex(/^[.\-_A-Za-z0-9]+$/);
const paging = { NextToken: text(1, 2_048).optional(), Limit: z.int().min(1).max(100).default(100) };

export function eventsService(rules: readonly Rule[]): OperationsService {
  return {
    name: 'events',
    protocol: 'json',
    operations: {
      ListRules: operation({
        input: z.object({ NamePrefix: ruleName.optional(), ...paging }),
        run: ({ NamePrefix = '', NextToken, Limit }) => {
          const found = rules.filter(({ attributes }) => attributes.name.startsWith(NamePrefix));
          const { items, nextToken } = page(found, NextToken, Limit, 'ValidationException');
          return { Rules: items.map(describeRule), NextToken: nextToken };
        },
      }),
      ListTargetsByRule: operation({
        input: z.object({ Rule: ruleName, ...paging }),
        run: ({ Rule, NextToken, Limit }) => {
          const rule = rules.find(({ attributes }) => attributes.name === Rule);
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
