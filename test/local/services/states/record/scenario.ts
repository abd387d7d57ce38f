/**
 * Scenarios: what a client asks of Step Functions, and what AWS answered. `scenarios/*.json` holds them by theme; the same file
 * format serves the comparison with the local cloud (record.test.ts) and a recording on a real account (main.ts).
 *
 * `<…>` stands for what differs from account to account and from run to run: see tokens.ts.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One event: id, previousEventId, type and, if it has them, details; JSON in it is a value, not a text. */
export type Event = [id: number, previousEventId: number, type: string, details?: unknown];

export interface Call {
  /** The operation, as in the API reference. */
  call: string;
  input: Record<string, unknown>;
  /** The call is repeated until the answer has these members. */
  until?: unknown;
  /** AWS's answer, or its error; neither if it does not matter. */
  answer?: unknown;
  error?: { name: string; message: string };
}

export interface Scenario {
  name: string;
  /** When AWS gave the answers (`undated` if only their kind is known); without it the documentation promises them. */
  recorded?: string;
  /** Objects in the bucket, by key. */
  files?: Record<string, string>;
  /** The definition of a state machine; it is executed once if there is an input. */
  machine?: unknown;
  input?: unknown;
  /** Calls after the execution's start, one after the other. */
  calls?: Call[];
  /** The history of the execution, once it has ended. */
  history?: Event[];
}

const FOLDER = join(__dirname, 'scenarios');

/** Scenarios by theme. */
export function readScenarios(): Map<string, Scenario[]> {
  const themes = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
  return new Map(
    themes.map((theme) => [theme, JSON.parse(readFileSync(join(FOLDER, `${theme}.json`), 'utf8'))]),
  );
}

export function writeScenarios(theme: string, scenarios: Scenario[]): void {
  writeFileSync(join(FOLDER, `${theme}.json`), `[\n${scenarios.map(text).join(',\n')}\n]\n`);
}

/** One line for each member, call and event, so that a difference is easy to see. */
function text(scenario: Scenario): string {
  const members = Object.entries(scenario).map(([name, value]) => {
    const isList = name === 'calls' || name === 'history';
    const lines = isList ? (value as unknown[]).map((item) => `      ${JSON.stringify(item)}`) : [];
    return `    "${name}": ${isList ? `[\n${lines.join(',\n')}\n    ]` : JSON.stringify(value)}`;
  });
  return `  {\n${members.join(',\n')}\n  }`;
}
