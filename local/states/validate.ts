/** Reads the text of a definition and says what is wrong with it, each with its place in the document. */
import type { z } from 'zod';
import { definitionSchema, type Program, type State } from './definition';
import { isObject, type Json, type JsonObject } from './json';
import { compile, isExpression } from './jsonata';

/** One finding, as ValidateStateMachineDefinition returns it. */
export interface Diagnostic {
  severity: 'ERROR' | 'WARNING';
  code: string;
  message: string;
  /** JSON pointer into the definition: `/States/Hello/Next`. */
  location: string;
}

export interface ValidatedDefinition {
  /** Undefined where there is a diagnostic. */
  program?: Program;
  diagnostics: Diagnostic[];
}

const SUPPORTED_TASKS =
  /^arn:[^:]+:states:(::lambda:invoke|::aws-sdk:sfn:describeMapRun|[^:]+:\d{12}:activity:[^:]+)$/;

export function validateDefinition(text: string): ValidatedDefinition {
  const diagnostics: Diagnostic[] = [];
  const report = (code: string, message: string, location: string) => {
    diagnostics.push({ severity: 'ERROR', code, message, location });
  };
  let document: Json;
  try {
    document = JSON.parse(text);
  } catch (error) {
    report('INVALID_JSON_DESCRIPTION', (error as Error).message, '/');
    return { diagnostics };
  }
  if (!isObject(document)) {
    report('SCHEMA_VALIDATION_FAILED', 'The definition must be a JSON object', '/');
    return { diagnostics };
  }
  refuseJsonPath(document, report);
  if (diagnostics.length > 0) return { diagnostics };

  const parsed = definitionSchema.safeParse(document);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) describe(issue, document, report);
    return { diagnostics };
  }
  checkProgram(parsed.data, '', new Set(), report);
  checkExpressions(document, '', report);
  return diagnostics.length > 0 ? { diagnostics } : { program: parsed.data, diagnostics };
}

type Report = (code: string, message: string, location: string) => void;

/** JSONPath is the language's default, so it is what a definition has that names none. */
function refuseJsonPath(document: JsonObject, report: Report): void {
  const refuse = (language: Json, location: string) =>
    report(
      'SCHEMA_VALIDATION_FAILED',
      `The QueryLanguage '${language}' is not supported here: only "QueryLanguage": "JSONata" is`,
      location,
    );
  const inherited = document.QueryLanguage;
  if (inherited !== undefined && inherited !== 'JSONata') refuse(inherited, '/QueryLanguage');
  if (inherited !== undefined || !isObject(document.States)) return;
  for (const [name, state] of Object.entries(document.States)) {
    if (isObject(state) && state.QueryLanguage !== 'JSONata') {
      refuse(state.QueryLanguage ?? 'JSONPath', `/States/${name}/QueryLanguage`);
    }
  }
}

function describe(issue: z.core.$ZodIssue, document: JsonObject, report: Report): void {
  const at = (path: PropertyKey[]) =>
    path.map((key) => (typeof key === 'number' ? `[${key}]` : `/${String(key)}`)).join('') || '/';
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      report(
        'SCHEMA_VALIDATION_FAILED',
        `The field '${key}' is not supported by Step Functions here`,
        at([...issue.path, key]),
      );
    }
    return;
  }
  const value = issue.path.reduce<Json | undefined>(
    (inner, key) => (inner as JsonObject | undefined)?.[key as string],
    document,
  );
  const shown = value === undefined ? ' (it is missing)' : ` (it is ${JSON.stringify(value).slice(0, 100)})`;
  report('SCHEMA_VALIDATION_FAILED', issue.message + shown, at(issue.path));
}

function checkProgram(program: Program, path: string, names: Set<string>, report: Report): void {
  const target = (name: string, location: string) => {
    if (!Object.hasOwn(program.States, name)) {
      report('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${name}`, location);
    }
  };
  target(program.StartAt, `${path}/StartAt`);
  for (const [name, state] of Object.entries(program.States)) {
    const location = `${path}/States/${name}`;
    const fail = (message: string, field = '') =>
      report('SCHEMA_VALIDATION_FAILED', message, location + field);
    if (name.length < 1 || name.length > 80) fail('The name of a state has 1 to 80 characters');
    if (names.has(name)) report('DUPLICATE_STATE_NAME', `Duplicate State name: ${name}`, location);
    names.add(name);
    checkTransitions(state, location, target, fail);
    if (state.Type === 'Task') checkTask(state, fail);
    if (state.Type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
      fail("A Wait state must have exactly one of 'Seconds' and 'Timestamp'");
    }
    if (state.Type === 'Map') {
      if (state.Items !== undefined && state.ItemReader)
        fail("Give one of 'Items' and 'ItemReader'", '/Items');
      if (state.ItemReader?.Resource.endsWith(':s3:getObject') && !state.ItemReader.ReaderConfig?.InputType) {
        fail("A reader of an object needs an 'InputType': CSV, JSON or JSONL", '/ItemReader/ReaderConfig');
      }
      if (state.ResultWriter && !state.ResultWriter.Resource !== !state.ResultWriter.Arguments) {
        fail("'Resource' and 'Arguments' of a ResultWriter stand together", '/ResultWriter');
      }
      checkProgram(state.ItemProcessor, `${location}/ItemProcessor`, names, report);
    }
  }
}

function checkTransitions(
  state: State,
  location: string,
  target: (name: string, location: string) => void,
  fail: (message: string) => void,
): void {
  if (state.Type === 'Task' || state.Type === 'Map') {
    state.Catch?.forEach((catcher, index) => {
      target(catcher.Next, `${location}/Catch[${index}]/Next`);
    });
    for (const handlers of [state.Retry ?? [], state.Catch ?? []]) {
      const all = handlers.findIndex(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'));
      if (all >= 0 && (all < handlers.length - 1 || handlers[all]?.ErrorEquals.length !== 1)) {
        fail("'States.ALL' must stand alone, in the last retrier or catcher");
      }
    }
  }
  if (state.Type === 'Succeed' || state.Type === 'Fail') return;
  if (state.Type === 'Choice') {
    if (state.Default !== undefined) target(state.Default, `${location}/Default`);
    state.Choices.forEach((rule, index) => {
      target(rule.Next, `${location}/Choices[${index}]/Next`);
    });
    return;
  }
  if ((state.Next === undefined) === (state.End !== true)) {
    fail("A state must have exactly one of 'Next' and 'End': true");
  }
  if (state.Next !== undefined) target(state.Next, `${location}/Next`);
}

function checkTask(state: State & { Type: 'Task' }, fail: (message: string, field: string) => void): void {
  if (!SUPPORTED_TASKS.test(state.Resource)) {
    fail(
      `The resource '${state.Resource}' is not supported here: an activity, lambda:invoke and aws-sdk:sfn:describeMapRun are`,
      '/Resource',
    );
  }
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout) {
    fail('HeartbeatSeconds must be smaller than TimeoutSeconds', '/HeartbeatSeconds');
  }
}

function checkExpressions(value: Json, location: string, report: Report): void {
  if (isExpression(value)) {
    try {
      compile(value);
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      report('INVALID_JSONATA_EXPRESSION', `${code}: ${message}`, location);
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkExpressions(item, `${location}[${index}]`, report);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) checkExpressions(item, `${location}/${key}`, report);
  }
}
