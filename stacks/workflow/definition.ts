/** Composes asl/*.asl.json into the one definition that the state machine is created with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../root';
import type { Json } from '../core/json';
import type { Config } from '../settings/complete-config';
import { SETTING_NAMES } from '../settings/settings';

/** The values of the definition that come from the rest of the stack. */
export interface DefinitionResources {
  Partition: string;
  ActivityArn: string;
  ProvisionerFunctionArn: string;
  SelectorFunctionArn: string;
  Bucket: string;
  /** The names that `bucket` of an input may have, separated by `, `. */
  SourceBuckets: string;
  OutputBucket: string;
  /** Prefixes, each ending with `/`. */
  OutputPrefix: string;
  ResultsPrefix: string;
  ManifestsPrefix: string;
}

const ASL_FOLDER = join(ROOT, 'asl');
const MAP_STATES = ['ProcessInlineObjects', 'ProcessPrefix', 'ProcessManifest'];

type JsonObject = { [key: string]: Json };

/**
 * The definition as a JSON document. A `${Name}` in asl/ is one of the resources, or a setting: `${MaxWorkers}` is
 * `maxWorkers`. Throws an Error on one that is neither.
 */
export function workflowDefinition(resources: DefinitionResources, config: Config): JsonObject {
  // A resource comes before a setting of its name: `${Bucket}` is the bucket, whether the stack made it or not.
  const substitutions = { ...capitalized(config), ...resources };
  const workflow = readAsl('workflow.asl.json');
  const map = readAsl('process-objects.asl.json');
  const states = workflow.States as JsonObject;
  for (const name of MAP_STATES) {
    // State names are unique in the whole state machine, so the states inside a map carry the map's name.
    const named = substitute(map, { ...substitutions, MapState: name }) as JsonObject;
    states[name] = { ...named, ...(states[name] as JsonObject), Comment: map.Comment as string };
  }
  return substitute(workflow, substitutions) as JsonObject;
}

/** `maxWorkers` as `MaxWorkers`. */
function capitalized(config: Config): Record<string, Json | undefined> {
  return Object.fromEntries(
    SETTING_NAMES.map((name) => [name.charAt(0).toUpperCase() + name.slice(1), config[name]]),
  );
}

function readAsl(file: string): JsonObject {
  return JSON.parse(readFileSync(join(ASL_FOLDER, file), 'utf8'));
}

function substitute(value: Json, values: Record<string, Json | undefined>): Json {
  if (Array.isArray(value)) return value.map((item) => substitute(item, values));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [substitute(key, values), substitute(item, values)]),
    );
  }
  if (typeof value !== 'string') return value;
  const lookUp = (name: string) => {
    const found = values[name];
    if (found === undefined)
      throw new Error(`asl/ names \${${name}}, which is neither a resource nor a setting that is set`);
    return found;
  };
  // A string that is nothing but a placeholder takes the value's type, so that a number stays a number.
  const whole = /^\$\{(\w+)\}$/.exec(value);
  if (whole) return lookUp(whole[1] as string);
  return value.replace(/\$\{(\w+)\}/g, (_, name: string) => String(lookUp(name)));
}
