import { mock } from 'node:test';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { createStates } from '../../../../../local/services/states';
import { API_QUOTAS, TokenBuckets } from '../../../../../local/services/states/api/quotas';
import { failure } from '../../../../support/failure';
import { bootFixture } from '../../../support/fixture-stack';

describe("the token buckets of Step Functions' API", () => {
  it('give a full bucket of tokens at once, then the refilled ones, and never hold more than their size', () => {
    let now = 0;
    const buckets = new TokenBuckets({ Operation: [3, 2] }, () => now);
    const takes = (count: number) => Array.from({ length: count }, () => buckets.take('Operation'));
    expect(takes(4)).to.deep.equal([true, true, true, false]);
    now += 400;
    expect(takes(1)).to.deep.equal([false]);
    now += 100;
    expect(takes(2)).to.deep.equal([true, false]);
    now += 60_000;
    expect(takes(4)).to.deep.equal([true, true, true, false]);
  });

  it('are one for each operation, and none for an operation without a quota', () => {
    const buckets = new TokenBuckets({ One: [1, 1], Other: [1, 1] }, () => 0);
    expect([buckets.take('One'), buckets.take('One'), buckets.take('Other')]).to.deep.equal([
      true,
      false,
      true,
    ]);
    expect(Array.from({ length: 5 }, () => buckets.take('Unlimited'))).not.to.include(false);
  });

  it('exist for every operation of the local cloud', async () => {
    const states = createStates({
      account: '123456789012',
      region: 'eu-west-1',
      partition: 'aws',
      endpoint: '',
      credentialsFor: () => Promise.reject(new Error('nobody calls')),
      publish: () => undefined,
    });
    const { operations } = states.service;
    await states.close();
    for (const name of Object.keys(operations)) expect(API_QUOTAS, name).to.have.property(name);
  });

  it('throttle every caller, as AWS does, only if they are switched on', async () => {
    const [size] = API_QUOTAS.ListExecutions ?? [];
    if (!size) throw new Error('ListExecutions has a bucket');
    for (const apiQuotas of [true, false]) {
      const cloud = await bootFixture({}, { apiQuotas });
      const client = new SFNClient({ ...cloud.clientConfig, maxAttempts: 1 });
      const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:none';
      const list = () => failure(client.send(new ListExecutionsCommand({ stateMachineArn })));
      // The buckets are not refilled, no matter how long the calls take.
      const clock = mock.method(performance, 'now', () => 0);
      const names = new Set<string>();
      for (let call = 0; call < size; call += 1) names.add((await list()).name);
      expect([...names]).to.deep.equal(['StateMachineDoesNotExist']);
      expect((await list()).name).to.equal(apiQuotas ? 'ThrottlingException' : 'StateMachineDoesNotExist');
      const executionArn = stateMachineArn.replace('stateMachine', 'execution').concat(':one');
      const other = await failure(client.send(new DescribeExecutionCommand({ executionArn })));
      expect(other.name).to.equal('ExecutionDoesNotExist');
      if (apiQuotas) {
        const { message, $metadata } = (await list()) as Error & { $metadata?: object };
        expect(message).to.equal('Rate exceeded');
        expect($metadata).to.include({ httpStatusCode: 400 });
      }
      clock.mock.restore();
      client.destroy();
      await cloud.close();
    }
  });
});
