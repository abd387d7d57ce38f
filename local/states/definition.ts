/**
 * The Amazon States Language, as far as it is supported: what is not in these tables is refused when a state machine
 * is created. Source: https://states-language.net and the Developer Guide, "Using Amazon States Language".
 */
import { z } from 'zod';
import type { Json, JsonObject } from './json';
import { isExpression } from './jsonata';

const expression = z.custom<string>(isExpression, 'must be a JSONata expression, {% … %}');
const template = z.custom<Json>((value) => value !== undefined);
const templateObject = z.union([z.record(z.string(), template), expression], {
  error: 'must be a JSON object or a JSONata expression, {% … %}',
});
const number = (schema: z.ZodNumber, what: string) =>
  z.union([schema, expression], { error: `must be ${what}, or a JSONata expression, {% … %}` });
const seconds = number(z.int().min(1).max(99_999_999), 'an integer, 1 to 99999999');

const described = { Comment: z.string().optional(), QueryLanguage: z.literal('JSONata').optional() };
const assigning = {
  Assign: z.record(z.string().regex(/^[\p{ID_Start}][\p{ID_Continue}]{0,79}$/u), template).optional(),
};
const producing = { ...assigning, Output: template.optional() };
const following = { Next: z.string().optional(), End: z.boolean().optional() };

const retrier = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.int().min(1).max(99_999_999).optional(),
  MaxAttempts: z.int().min(0).max(99_999_999).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.int().min(1).max(31_622_400).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
});
const catcher = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: z.array(z.string()).min(1),
  Next: z.string(),
  ...producing,
});
const failing = { Retry: z.array(retrier).optional(), Catch: z.array(catcher).optional() };

const pass = z.strictObject({ Type: z.literal('Pass'), ...described, ...producing, ...following });
const succeed = z.strictObject({ Type: z.literal('Succeed'), ...described, Output: template.optional() });
const fail = z.strictObject({
  Type: z.literal('Fail'),
  ...described,
  Error: z.string().optional(),
  Cause: z.string().optional(),
});
const wait = z.strictObject({
  Type: z.literal('Wait'),
  ...described,
  ...producing,
  ...following,
  Seconds: number(z.int().min(0).max(99_999_999), 'an integer, 0 to 99999999').optional(),
  Timestamp: z.string().optional(),
});
const choice = z.strictObject({
  Type: z.literal('Choice'),
  ...described,
  ...producing,
  Choices: z
    .array(
      z.strictObject({
        Comment: z.string().optional(),
        Condition: z.union([z.boolean(), expression], { error: 'must be a JSONata expression, {% … %}' }),
        Next: z.string(),
        ...producing,
      }),
    )
    .min(1),
  Default: z.string().optional(),
});
const task = z.strictObject({
  Type: z.literal('Task'),
  ...described,
  ...producing,
  ...following,
  ...failing,
  Resource: z.string(),
  Arguments: templateObject.optional(),
  TimeoutSeconds: seconds.optional(),
  HeartbeatSeconds: seconds.optional(),
});

const readerConfig = z.strictObject({
  InputType: z.enum(['CSV', 'JSON', 'JSONL']).optional(),
  MaxItems: number(z.int().min(0).max(100_000_000), 'an integer, 0 to 100000000').optional(),
  ItemsPointer: z
    .string()
    .regex(/^(\/.*)?$/)
    .optional(),
  CSVHeaderLocation: z.enum(['FIRST_ROW', 'GIVEN']).optional(),
  CSVHeaders: z.array(z.string()).optional(),
  CSVDelimiter: z.enum(['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB']).optional(),
});
const map = z.strictObject({
  Type: z.literal('Map'),
  ...described,
  ...producing,
  ...following,
  ...failing,
  Label: z
    .string()
    .regex(/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/]{1,40}$/)
    .optional(),
  Items: z.union([z.array(template), expression, z.record(z.string(), template)]).optional(),
  ItemReader: z
    .strictObject({
      Resource: z.string().regex(/^arn:[^:]+:states:::s3:(getObject|listObjectsV2)$/, {
        error: 'must be arn:<partition>:states:::s3:getObject or :s3:listObjectsV2',
      }),
      ReaderConfig: readerConfig.optional(),
      Arguments: templateObject.optional(),
    })
    .optional(),
  ItemSelector: templateObject.optional(),
  ItemBatcher: z
    .strictObject({
      MaxItemsPerBatch: number(z.int().min(1).max(100_000_000), 'an integer, 1 or more').optional(),
      MaxInputBytesPerBatch: number(z.int().min(1).max(262_144), 'an integer, 1 to 262144').optional(),
      BatchInput: templateObject.optional(),
    })
    .optional(),
  MaxConcurrency: number(z.int().min(0), 'an integer, 0 or more').optional(),
  ToleratedFailurePercentage: number(z.number().min(0).max(100), 'a number, 0 to 100').optional(),
  ToleratedFailureCount: number(z.int().min(0), 'an integer, 0 or more').optional(),
  ItemProcessor: z.strictObject({
    Comment: z.string().optional(),
    ProcessorConfig: z.strictObject({
      Mode: z.literal('DISTRIBUTED'),
      ExecutionType: z.literal('STANDARD'),
    }),
    StartAt: z.string(),
    get States(): z.ZodRecord<z.ZodString, typeof state> {
      return z.record(z.string(), state);
    },
  }),
  ResultWriter: z
    .strictObject({
      Resource: z
        .string()
        .regex(/^arn:[^:]+:states:::s3:putObject$/)
        .optional(),
      Arguments: templateObject.optional(),
      WriterConfig: z
        .strictObject({
          Transformation: z.enum(['NONE', 'COMPACT', 'FLATTEN']).optional(),
          OutputType: z.enum(['JSON', 'JSONL']).optional(),
        })
        .optional(),
    })
    .optional(),
});

const state = z.discriminatedUnion('Type', [task, map, choice, pass, wait, succeed, fail], {
  error: 'Type must be one of Task, Map, Choice, Pass, Wait, Succeed and Fail',
});

export const definitionSchema = z.strictObject({
  Comment: z.string().optional(),
  Version: z.literal('1.0').optional(),
  QueryLanguage: z.literal('JSONata').optional(),
  TimeoutSeconds: z.int().min(1).max(99_999_999).optional(),
  StartAt: z.string(),
  States: z.record(z.string(), state),
});

export type TaskState = z.infer<typeof task>;
export type MapState = z.infer<typeof map>;
export type ChoiceState = z.infer<typeof choice>;
export type PassState = z.infer<typeof pass>;
export type WaitState = z.infer<typeof wait>;
export type SucceedState = z.infer<typeof succeed>;
export type FailState = z.infer<typeof fail>;
export type State = TaskState | MapState | ChoiceState | PassState | WaitState | SucceedState | FailState;
export type Retrier = z.infer<typeof retrier>;

/** What an execution runs: the whole definition, or the `ItemProcessor` of a map. */
export interface Program {
  StartAt: string;
  States: Record<string, State>;
  /** Seconds after which the execution times out; children of a map have none. */
  TimeoutSeconds?: number;
}

/** The fields with which a state, a choice's rule or a catcher makes its output, and where it goes. */
export interface Outcome {
  Output?: Json;
  Assign?: JsonObject;
  Next?: string;
}
