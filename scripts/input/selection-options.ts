/** The options that choose among the objects of an execution. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExecutionInput } from '../../client';
import { compileGlobs } from '../../runtime/selector/criteria/glob';
import { parseSelect, SelectError } from '../../runtime/selector/criteria/select';
import { parseInstant } from '../../runtime/selector/text/instant';
import { parseShare } from '../../runtime/selector/text/share';
import { parseSize } from '../../runtime/selector/text/size';
import { integer } from '../cli/parsers';
import { UsageError } from '../cli/usage-error';

type Select = NonNullable<ExecutionInput['select']>;

export interface SelectionOptions {
  match?: string[];
  exclude?: string[];
  largerThan?: number;
  smallerThan?: number;
  modifiedAfter?: string;
  modifiedBefore?: string;
  storageClass?: string[];
  limit?: number;
  sample?: number;
  changed?: boolean;
}

const NOW = new Date();

/** With the text's own problem as commander's one line. */
function read<Value>(parse: (text: string) => Value) {
  return (text: string): Value => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
  };
}

/** As `read`, of an option that may be given several times. */
const collect =
  (check: (text: string) => unknown) =>
  (text: string, list: string[] = []) => {
    read(check)(text);
    return [...list, text];
  };

const glob = collect((text) => compileGlobs([text]));
const storageClass = collect((storage_class) => parseSelect({ storage_class }, NOW));
const instant = read((text) => parseInstant(text, NOW).toISOString());

/** Parser of a share of the keys. */
export const share = read(parseShare);

function shareOption(): Option {
  return new Option(
    '--sample <share>',
    'only a share of the keys, the same ones every time, example: 1% or 0.01',
  ).argParser(share);
}

/** `sampleOption`: default, that of a share of the keys. */
export function addSelectionOptions(command: Command, sampleOption = shareOption): Command {
  return command
    .option(
      '--match <glob>',
      "repeatable: only objects whose whole key matches; ** crosses slashes (default: all), example: '**/*.jpg'",
      glob,
    )
    .option(
      '--exclude <glob>',
      "repeatable: leave out objects whose whole key matches (default: none), example: '**/tmp/**'",
      glob,
    )
    .option('--larger-than <size>', 'only larger objects, example: 1MB or 10KiB', read(parseSize))
    .option('--smaller-than <size>', 'only smaller objects, example: 5GB', read(parseSize))
    .option(
      '--modified-after <date>',
      'only objects written at this time or later; UTC if no zone is named, example: 2026-01-01, 2026-01-01T12:00Z or 7d (ago)',
      instant,
    )
    .option('--modified-before <date>', 'only objects written before this time, example: 2026-02-01', instant)
    .option(
      '--storage-class <name>',
      'repeatable: only objects of this class, example: STANDARD',
      storageClass,
    )
    .option(
      '--limit <number>',
      'only this number of objects: the first ones that meet all other criteria, example: 100',
      integer(1),
    )
    .addOption(sampleOption())
    .option(
      '--changed',
      'only objects whose outputs are not up to date: the others take no task (default: workers skip them), example: --changed',
    );
}

/** The `select` of the input; undefined if no option was given. Throws a UsageError if the options exclude each other. */
export function selectOf(options: SelectionOptions): Select | undefined {
  const select = {
    match: options.match,
    exclude: options.exclude,
    larger_than: options.largerThan,
    smaller_than: options.smallerThan,
    modified_after: options.modifiedAfter,
    modified_before: options.modifiedBefore,
    storage_class: options.storageClass as Select['storage_class'],
    limit: options.limit,
    sample: options.sample,
    changed: options.changed,
  };
  const given = Object.entries(select).filter(([, value]) => value !== undefined);
  if (given.length === 0) return undefined;
  try {
    parseSelect(Object.fromEntries(given), NOW);
  } catch (error) {
    if (error instanceof SelectError) throw new UsageError(`${error.message}.`);
    throw error;
  }
  return Object.fromEntries(given);
}
