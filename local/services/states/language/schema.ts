/**
 * The Amazon States Language, as far as it is supported: what is not in these tables is refused when a state machine
 * is created. Source: https://states-language.net and the Developer Guide, "Using Amazon States Language".
 */
import * as z from 'zod';
import { isExpression } from './expressions/template';
import { isObject, type Json, type JsonObject } from './json';
import { isWriterResource, READERS, readerResource, WRITER } from './resources';
import { parseTimestamp } from './timestamp';

const text = z.string();
const expression = z.custom<string>(isExpression, 'must be a JSONata expression, {% … %}');
const template = z.custom<Json>((value) => value !== undefined);
const templateObject = z.union([z.record(text, template), expression], {
  error: 'must be a JSON object or a JSONata expression, {% … %}',
});
const number = (schema: z.ZodNumber, what: string) =>
  z.union([schema, expression], { error: `must be ${what}, or a JSONata expression, {% … %}` });
const integer = (minimum: number, maximum: number) =>
  number(z.int().min(minimum).max(maximum), `an integer, ${minimum} to ${maximum}`);
const program = z.custom<Program>((value) => isObject(value as Json), 'must be a JSON object');

/** An object that must have some fields, may have others, and has none beside them. */
const fields = <Required extends z.core.$ZodLooseShape, Optional extends z.core.$ZodLooseShape>(
  required: Required,
  optional: Optional,
) => z.strictObject(optional).partial().extend(required);

const described = { Comment: text, QueryLanguage: z.literal('JSONata') };
const producing = {
  Assign: z.record(text.regex(/^[\p{ID_Start}][\p{ID_Continue}]{0,79}$/u), template),
  Output: template,
};
const following = { Next: text, End: z.boolean() };

const errors = { ErrorEquals: z.array(text).min(1) };
const retrier = fields(errors, {
  Comment: text,
  IntervalSeconds: z.int().min(1).max(99_999_999),
  MaxAttempts: z.int().min(0).max(99_999_999),
  BackoffRate: z.number().min(1),
  MaxDelaySeconds: z.int().min(1).max(31_622_399),
  JitterStrategy: z.enum(['FULL', 'NONE']),
});
const catcher = fields({ ...errors, Next: text }, { Comment: text, ...producing });
const failing = { Retry: z.array(retrier), Catch: z.array(catcher) };

const pass = fields({ Type: z.literal('Pass') }, { ...described, ...producing, ...following });
const succeed = fields({ Type: z.literal('Succeed') }, { ...described, Output: template });
const fail = fields({ Type: z.literal('Fail') }, { ...described, Error: text, Cause: text });
const timestamp = text.refine((value) => isExpression(value) || parseTimestamp(value) !== undefined, {
  error: 'String does not match RFC3339 timestamp',
  params: { isRecorded: true },
});
const wait = fields(
  { Type: z.literal('Wait') },
  { ...described, ...producing, ...following, Seconds: integer(0, 99_999_999), Timestamp: timestamp },
);
const condition = z.union([z.boolean(), expression], { error: 'must be a JSONata expression, {% … %}' });
const rule = fields({ Condition: condition, Next: text }, { Comment: text, ...producing });
const choice = fields(
  { Type: z.literal('Choice'), Choices: z.array(rule).min(1) },
  { ...described, ...producing, Default: text },
);
const task = fields(
  { Type: z.literal('Task'), Resource: text },
  {
    ...described,
    ...producing,
    ...following,
    ...failing,
    Arguments: templateObject,
    TimeoutSeconds: integer(1, 99_999_999),
    HeartbeatSeconds: integer(1, 99_999_999),
  },
);

const readerConfig = fields(
  {},
  {
    InputType: z.enum(['CSV', 'JSON', 'JSONL']),
    MaxItems: integer(0, 100_000_000),
    ItemsPointer: text.regex(/^(\/.*)?$/),
    CSVHeaderLocation: z.enum(['FIRST_ROW', 'GIVEN']),
    CSVHeaders: z.array(text),
    CSVDelimiter: z.enum(['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB']),
  },
);
const readable = text.refine((arn) => readerResource(arn) !== undefined, {
  error: `must be arn:<partition>:states:::${READERS.join(' or :')}`,
});
const writable = text.refine(isWriterResource, { error: `must be arn:<partition>:states:::${WRITER}` });
const writerConfig = fields(
  {},
  { Transformation: z.enum(['NONE', 'COMPACT', 'FLATTEN']), OutputType: z.enum(['JSON', 'JSONL']) },
);
const map = fields(
  { Type: z.literal('Map'), ItemProcessor: program },
  {
    ...described,
    ...producing,
    ...following,
    ...failing,
    Label: text.regex(/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/]{1,40}$/),
    Items: z.union([z.array(template), expression, z.record(text, template)]),
    ItemReader: fields({ Resource: readable }, { ReaderConfig: readerConfig, Arguments: templateObject }),
    ItemSelector: templateObject,
    ItemBatcher: fields(
      {},
      {
        MaxItemsPerBatch: integer(1, 100_000_000),
        MaxInputBytesPerBatch: integer(1, 262_144),
        BatchInput: templateObject,
      },
    ),
    MaxConcurrency: integer(0, Number.MAX_SAFE_INTEGER),
    ToleratedFailurePercentage: number(z.number().min(0).max(100), 'a number, 0 to 100'),
    ToleratedFailureCount: integer(0, Number.MAX_SAFE_INTEGER),
    ResultWriter: fields(
      {},
      {
        Resource: writable,
        Arguments: templateObject,
        WriterConfig: writerConfig,
      },
    ),
  },
);

export const stateSchema = z.discriminatedUnion('Type', [task, map, choice, pass, wait, succeed, fail], {
  error: 'Type must be one of Task, Map, Choice, Pass, Wait, Succeed and Fail',
});

/** The fields of a definition, or of a map's `ItemProcessor`, besides the states. */
const starting = { States: z.record(text.min(1).max(80), z.unknown()), StartAt: text };
export const definitionSchema = fields(starting, {
  ...described,
  Version: z.literal('1.0'),
  TimeoutSeconds: z.int().min(1).max(99_999_999),
});
const distributed = { Mode: z.literal('DISTRIBUTED'), ExecutionType: z.literal('STANDARD') };
export const processorSchema = fields(
  { ...starting, ProcessorConfig: z.strictObject(distributed) },
  { Comment: text },
);

export type State = z.infer<typeof stateSchema>;
export type TaskState = z.infer<typeof task>;
export type MapState = z.infer<typeof map>;
export type Retrier = z.infer<typeof retrier>;

/** The program of an execution: the whole definition, or the `ItemProcessor` of a map. */
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
