import { expect } from 'chai';
import { metricLine } from '../../runtime/metrics';

describe('a line of metrics', () => {
  it("is CloudWatch's embedded metric format, with the metrics that have values", () => {
    const units = { Count: 'Count', Seconds: 'Seconds', Absent: 'Bytes' };
    const line = metricLine(
      units,
      { name: 'Family', value: 'a' },
      { Count: 0, Seconds: [1, 2] },
      1_795_000_000_000,
    );
    expect(JSON.parse(line)).to.deep.equal({
      _aws: {
        Timestamp: 1_795_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'BatchProcessor',
            Dimensions: [['Family']],
            Metrics: [
              { Name: 'Count', Unit: 'Count' },
              { Name: 'Seconds', Unit: 'Seconds' },
            ],
          },
        ],
      },
      Family: 'a',
      Count: 0,
      Seconds: [1, 2],
    });
    expect(line).not.to.include('\n');
  });
});
