import type { AwsCheck } from './check';

export const emptySource: AwsCheck = {
  name: 'empty-source',
  expectation: 'A map whose ItemReader finds nothing succeeds, and its ResultWriter writes a manifest',
  runs: 1,
  async observe(trial) {
    const { status, output, error, cause, execution } = await trial.run({ prefix: trial.prefix });
    if (status !== 'SUCCEEDED') return { holds: false, observed: `${status} ${error}: ${cause}` };
    const { manifest } = await execution.results();
    const total = output?.item_counts?.Total;
    return {
      holds: total === 0 && manifest !== undefined,
      observed: `${status}, ${total} objects, ${manifest ? 'a manifest' : 'no manifest'}`,
    };
  },
};
