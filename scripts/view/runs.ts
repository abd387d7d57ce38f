/** The runs of a deployment: those that Step Functions knows, and those with results in the bucket. */
import type { ListedRun, RunList } from '../../page/run-view';
import { stateMachineConsoleUrl } from '../../stacks/core/console';
import type { Target } from '../target/target';
import { readMessages } from './messages';

/** Pages ask every few seconds: they share an answer. */
const FRESH_MILLISECONDS = { local: 1_000, aws: 5_000 };
/** Results of earlier runs change seldom, and listing them may take several requests. */
const RECORDED_MILLISECONDS = 60_000;

export class Runs {
  private readonly list: () => Promise<RunList>;

  constructor(private readonly target: Target) {
    const { batch, kind } = target;
    const recorded = shared(
      () => batch.recorded(),
      kind === 'aws' ? RECORDED_MILLISECONDS : FRESH_MILLISECONDS.local,
    );
    this.list = shared(async () => this.listOf(await recorded()), FRESH_MILLISECONDS[kind]);
  }

  read(): Promise<RunList> {
    return this.list();
  }

  private async listOf(recorded: string[]): Promise<RunList> {
    const { batch, kind } = this.target;
    const { region, stateMachineArn } = batch.deployment;
    const known = (await batch.executions()).map(
      ({ name, status, startedAt, endedAt }): ListedRun => ({
        name,
        status,
        startedAt: startedAt.getTime(),
        ...(endedAt && { endedAt: endedAt.getTime() }),
      }),
    );
    // Step Functions has those that end or are redriven later before others.
    known.sort((one, other) => (other.startedAt ?? 0) - (one.startedAt ?? 0));
    const names = new Set(known.map(({ name }) => name));
    const others = recorded.filter((name) => !names.has(name)).reverse();
    return {
      title: stateMachineArn.slice(stateMachineArn.lastIndexOf(':') + 1),
      location: {
        kind,
        region,
        ...(kind === 'aws' && { console: stateMachineConsoleUrl(region, stateMachineArn) }),
      },
      messages: kind === 'local' ? await readMessages(batch) : [],
      runs: [...known, ...others.map((name) => ({ name }))],
    };
  }
}

/** Calls `read` at most once in this many milliseconds, also if it fails. */
function shared<Value>(read: () => Promise<Value>, milliseconds: number): () => Promise<Value> {
  let last: { at: number; value: Promise<Value> } | undefined;
  return () => {
    if (!last || Date.now() - last.at >= milliseconds) last = { at: Date.now(), value: read() };
    return last.value;
  };
}
