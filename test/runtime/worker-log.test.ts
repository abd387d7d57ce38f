import { expect } from 'chai';
import { workerLogStream } from '../../runtime/worker-log';

describe("a worker's log stream", () => {
  it('is named as the awslogs driver does it: prefix, container, id of the task', () => {
    expect(workerLogStream('arn:aws:ecs:eu-west-1:123456789012:task/cluster/0a1b')).to.equal(
      'worker/worker/0a1b',
    );
  });
});
