/** Reads the text of a definition and reports each problem with its location in the document. */
import type * as z from 'zod';
import { parseJson } from '../../../core/json';
import type { Expressions } from './expressions';
import { isExpression } from './expressions/template';
import { isObject, type Json, type JsonObject } from './json';
import { INTEGRATIONS, readerResource, taskResource } from './resources';
import { definitionSchema, type Program, processorSchema, type State, stateSchema } from './schema';

/** One finding, as ValidateStateMachineDefinition returns it. */
export interface Diagnostic {
  severity: 'ERROR';
  code: string;
  message: string;
  /** JSON pointer into the definition: `/States/Hello/Next`; none if it is not an object. */
  location?: string;
}

type Report = (location: string, message: string, code?: string) => void;

/** The program is defined only if there is no diagnostic. */
export async function validateDefinition(
  text: string,
  expressions: Pick<Expressions, 'problems'>,
): Promise<{ program?: Program; diagnostics: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (location, message, code = 'SCHEMA_VALIDATION_FAILED') => {
    diagnostics.push({ severity: 'ERROR', code, message, location: location || '/' });
  };
  let document: Json = null;
  try {
    document = parseJson(text) as Json;
  } catch (error) {
    if (text.trim() !== '') return refused('INVALID_JSON_DESCRIPTION', (error as Error).message);
  }
  if (!isObject(document))
    return refused('SCHEMA_VALIDATION_FAILED', 'Definition must be a valid JSON object');
  const found = expressionsOf(document, '');
  const parsing = expressions.problems(found.map(({ template }) => template));
  checkProgram(definitionSchema, document, '', { names: new Set(), report });
  const problems = await parsing;
  for (const [index, { location }] of found.entries()) {
    const problem = problems[index];
    if (problem !== undefined) report(location, problem, 'INVALID_JSONATA_EXPRESSION');
  }
  return diagnostics.length > 0 ? { diagnostics } : { program: document as unknown as Program, diagnostics };
}

function refused(code: string, message: string): { diagnostics: Diagnostic[] } {
  return { diagnostics: [{ severity: 'ERROR', code, message }] };
}

interface Scope {
  /** Names of states are unique in the whole definition. */
  names: Set<string>;
  report: Report;
  /** JSONPath is the language's default, so it is what a state has if neither it nor the definition names one. */
  language?: Json;
}

function checkProgram(schema: z.ZodType, document: Json, path: string, scope: Scope): void {
  const { names, report } = scope;
  if (!checkFields(schema, document, path, report) || !isObject(document)) return;
  const states = document.States as JsonObject;
  const language = scope.language ?? document.QueryLanguage;
  const target = (name: string | undefined, location: string) => {
    if (name === undefined || Object.hasOwn(states, name)) return;
    report(location, `Missing 'Next' target: ${name}`, 'MISSING_TRANSITION_TARGET');
  };
  target(String(document.StartAt), `${path}/StartAt`);
  for (const [name, state] of Object.entries(states)) {
    const location = `${path}/States/${name}`;
    if (names.has(name)) report(location, `Duplicate State name: ${name}`, 'DUPLICATE_STATE_NAME');
    names.add(name);
    const own = (isObject(state) && state.QueryLanguage) || language || 'JSONPath';
    if (own === 'JSONPath' && language === 'JSONata') {
      report(location, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
    } else if (own !== 'JSONata') {
      const why = `The QueryLanguage '${own}' is not supported here: only "QueryLanguage": "JSONata" is`;
      report(`${location}/QueryLanguage`, why);
    } else if (checkFields(stateSchema, state, location, report)) {
      checkState(state as State, location, target, { ...scope, language });
    }
  }
}

/** Whether the schema takes the document; what it does not take is reported. */
function checkFields(schema: z.ZodType, document: Json, path: string, report: Report): boolean {
  const { error } = schema.safeParse(document);
  const missing = new Map<string, PropertyKey[]>();
  const locate = (keys: PropertyKey[]) =>
    path + keys.map((key) => (typeof key === 'number' ? `[${key}]` : `/${String(key)}`)).join('');
  for (const issue of error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        report(locate([...issue.path, key]), `The field '${key}' is not supported by Step Functions here`);
      }
      continue;
    }
    let value: Json | undefined = document;
    for (const key of issue.path) value = (value as JsonObject | undefined)?.[key as string];
    if (value === undefined) {
      const parent = locate(issue.path.slice(0, -1));
      missing.set(parent, [...(missing.get(parent) ?? []), issue.path.at(-1) ?? '']);
    } else if (issue.code === 'custom' && issue.params?.isRecorded) {
      report(locate(issue.path), issue.message);
    } else {
      report(locate(issue.path), `${issue.message} (it is ${JSON.stringify(value).slice(0, 100)})`);
    }
  }
  for (const [location, fields] of missing) {
    report(location, `These fields are required: [${fields.map(String).join(', ')}]`);
  }
  return !error;
}

function checkState(
  state: State,
  location: string,
  target: (name: string | undefined, location: string) => void,
  scope: Scope,
): void {
  const fail = (message: string, field = '') => scope.report(location + field, message);
  if (state.Type === 'Choice') {
    target(state.Default, `${location}/Default`);
    for (const [index, { Next }] of state.Choices.entries())
      target(Next, `${location}/Choices[${index}]/Next`);
  } else if (state.Type !== 'Succeed' && state.Type !== 'Fail') {
    if ((state.Next === undefined) === (state.End !== true)) {
      fail("A state must have exactly one of 'Next' and 'End': true");
    }
    target(state.Next, `${location}/Next`);
  }
  if (state.Type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    fail("A Wait state must have exactly one of 'Seconds' and 'Timestamp'");
  }
  if (state.Type !== 'Task' && state.Type !== 'Map') return;
  for (const [index, { Next }] of (state.Catch ?? []).entries())
    target(Next, `${location}/Catch[${index}]/Next`);
  for (const handlers of [state.Retry ?? [], state.Catch ?? []]) {
    const all = handlers.findIndex(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'));
    if (all >= 0 && (all < handlers.length - 1 || handlers[all]?.ErrorEquals.length !== 1)) {
      fail("'States.ALL' must stand alone, in the last retrier or catcher");
    }
  }
  if (state.Type === 'Task') {
    const { Resource, TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
    if (!taskResource(Resource)) {
      const these = ['an activity', ...INTEGRATIONS].join(', ');
      fail(`The resource '${Resource}' is not supported here. Give one of: ${these}`, '/Resource');
    }
    if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout) {
      fail('HeartbeatSeconds must be smaller than TimeoutSeconds', '/HeartbeatSeconds');
    }
    return;
  }
  const { Items, ItemReader: reader, ItemBatcher: batcher, ResultWriter: writer } = state;
  if (Items !== undefined && reader) fail("Give one of 'Items' and 'ItemReader'", '/Items');
  if (reader && readerResource(reader.Resource) === 's3:getObject' && !reader.ReaderConfig?.InputType) {
    fail("A reader of an object needs an 'InputType': CSV, JSON or JSONL", '/ItemReader/ReaderConfig');
  }
  if (batcher && batcher.MaxItemsPerBatch === undefined && batcher.MaxInputBytesPerBatch === undefined) {
    fail("Give 'MaxItemsPerBatch', 'MaxInputBytesPerBatch' or both", '/ItemBatcher');
  }
  if (!writer?.Resource !== !writer?.Arguments) {
    fail("'Resource' and 'Arguments' of a ResultWriter stand together", '/ResultWriter');
  }
  checkProgram(processorSchema, state.ItemProcessor as unknown as Json, `${location}/ItemProcessor`, scope);
}

interface Found {
  template: string;
  location: string;
}

function expressionsOf(value: Json, location: string, found: Found[] = []): Found[] {
  if (isExpression(value)) {
    found.push({ template: value, location });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) expressionsOf(item, `${location}[${index}]`, found);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) expressionsOf(item, `${location}/${key}`, found);
  }
  return found;
}
