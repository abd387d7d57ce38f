/** docs/operations.md has an entry for every alarm and every error that a person may meet, and no other entries. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import {
  INTERRUPTED_ERROR,
  PERMANENT_ERRORS,
  PROVISIONING_ERRORS,
  SELECTION_ERRORS,
  STORAGE_ERROR,
  TRANSIENT_ERRORS,
} from '../../runtime/errors';
import { type Applied, apply, attributesOf, EVERYTHING } from '../stacks/synthesize';

const PAGE = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');

/** Errors with which Step Functions itself ends an execution, beside those that the state machine names. */
const OF_STEP_FUNCTIONS = [
  'States.DataLimitExceeded',
  'States.ExceedToleratedFailureThreshold',
  'States.ItemReaderFailed',
  'States.QueryEvaluationError',
  'States.ResultWriterFailed',
  'States.Timeout',
];
/** The errors with which the commands stop an execution. */
const STOPPED = 'Stopped';

/** Entries of a chapter, by heading. */
function entriesOf(chapter: string): Map<string, string> {
  const [, text = ''] = new RegExp(`\n## ${chapter}\n(.*?)(?=\n## |$(?![^]))`, 's').exec(PAGE) ?? [];
  const [, ...entries] = text.split('\n### ');
  return new Map(entries.map((entry) => [entry.split('\n', 1)[0] ?? '', entry]));
}

describe('docs/operations.md', () => {
  let stack: Applied;
  before(() => {
    stack = apply(EVERYTHING);
  });

  /** Errors that a state names in Retry or Catch, or with which it ends the execution. `isOfMap`: those of the map's tasks. */
  const namedBy = (isOfMap: boolean): string[] => {
    const { definition } = attributesOf(stack, 'aws_sfn_state_machine.workflow');
    const states = Object.entries<{ Type: string; ItemProcessor?: object }>(JSON.parse(definition).States);
    const chosen = states.map(([, { ItemProcessor, ...state }]) => (isOfMap ? ItemProcessor : state) ?? {});
    const named = [
      ...JSON.stringify(chosen).matchAll(/"(?:Error|ErrorEquals)":(?:"(\w[\w.]*)"|\[([^\]]*)\])/g),
    ]
      .flatMap(([, error, errors = '']) => (error ? [error] : (errors.match(/[\w.]+/g) ?? [])))
      .filter((name) => name !== 'States.ALL');
    return [...new Set(named)];
  };

  it('has an entry for each alarm, and no others', () => {
    const alarms = Object.keys(stack.resources)
      .filter((address) => address.startsWith('aws_cloudwatch_metric_alarm.'))
      .map((address) => attributesOf(stack, address).alarm_name.replace('batch-processor-', ''));
    expect([...entriesOf('Alarms').keys()]).to.have.members(alarms);
    const table = [...PAGE.matchAll(/^\| `([a-z-]+)` \| `(?:AWS\/\w+|BatchProcessor)` `/gm)].map(
      ([, name]) => name,
    );
    expect(table).to.have.members(alarms);
  });

  it('has an entry for each error of an execution, and no others', () => {
    const named = namedBy(false);
    expect(named).to.include('InvalidInput').and.include('ProvisionTimeout');
    const errors = [...named, ...OF_STEP_FUNCTIONS, ...PROVISIONING_ERRORS, ...SELECTION_ERRORS, STOPPED];
    // The name that the state Failed gives to a failure without a name.
    expect(new Set(entriesOf('Errors of an execution').keys())).to.deep.equal(
      new Set([...errors, 'States.TaskFailed']),
    );
  });

  it('has an entry for each error of an object, and no others', () => {
    const named = namedBy(true);
    expect(named).to.include('States.HeartbeatTimeout').and.include('ObjectNotFound');
    const errors = [...named, ...PERMANENT_ERRORS, ...TRANSIENT_ERRORS, STORAGE_ERROR, INTERRUPTED_ERROR];
    // A timeout has an entry as an error of an execution, too.
    const entries = [...entriesOf('Errors of an object').keys()].map((name) =>
      name.replace(/ of a task$/, ''),
    );
    expect(new Set(entries)).to.deep.equal(new Set(errors));
  });

  it('says in each entry what it is, what to look at and what to do', () => {
    for (const chapter of ['Alarms', 'Errors of an execution', 'Errors of an object']) {
      for (const [name, entry] of entriesOf(chapter)) {
        const parts = [...entry.matchAll(/^\*\*(\w+)\.\*\*(?=\s+\S)/gm)].map(([, part]) => part);
        expect(parts, name).to.deep.equal(['Description', 'Investigation', 'Resolution']);
      }
    }
  });

  it('has one heading for each of its links', () => {
    const anchors = [...PAGE.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, anchor = ''] of PAGE.matchAll(/\]\(#([^)]+)\)/g))
      expect(
        anchors.filter((each) => each === anchor),
        anchor,
      ).to.have.length(1);
  });
});
