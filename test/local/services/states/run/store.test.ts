import { expect } from 'chai';
import type { Execution } from '../../../../../local/services/states/run/execution';
import { ExecutionStore } from '../../../../../local/services/states/run/store';

const finished = (executionArn: string, status: string, size = 0) =>
  ({ executionArn, status, history: { size }, mapRuns: [] }) as unknown as Execution;

function storeOf(limit: number, executions: Execution[]): string[] {
  const store = new ExecutionStore(limit);
  for (const execution of executions) {
    store.running(execution);
    store.ended(execution);
  }
  return [...store.started.keys()];
}

describe('finished executions', () => {
  it('are kept up to the limit, failures the longest', () => {
    const executions = [
      finished('a', 'FAILED'),
      finished('b', 'SUCCEEDED'),
      finished('c', 'SUCCEEDED'),
      finished('d', 'SUCCEEDED'),
    ];
    expect(storeOf(2, executions)).to.deep.equal(['a', 'd']);
  });

  it('are still available to a client that waits for them, even if failures fill the store', () => {
    const failures = ['a', 'b'].map((arn) => finished(arn, 'TIMED_OUT', 60 * 1024 ** 2));
    expect(storeOf(1_000, [...failures, finished('c', 'SUCCEEDED')])).to.deep.equal(['b', 'c']);
    expect(storeOf(1, [finished('a', 'FAILED'), finished('b', 'SUCCEEDED')])).to.deep.equal(['b']);
  });
});
