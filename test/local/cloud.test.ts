/** The local cloud on a small stack: its table of services. */
import { expect } from 'chai';
import { startLocalCloud } from '../../local/cloud';
import { LocalCloudError } from '../../local/core/errors';
import { failure } from '../support/failure';
import { bootFixture, writeFixture } from './support/fixture-stack';

describe('the services of the local cloud', () => {
  it('are in the table by their names, and close with it', async () => {
    const cloud = await bootFixture();
    try {
      const names = Object.values(cloud.services).map(({ service }) => service.name);
      expect(names).to.deep.equal(Object.keys(cloud.services));
    } finally {
      await cloud.close();
    }
    expect(cloud.processes()).to.deep.equal([]);
  });

  it('name the parts that they cannot serve before any part of the stack runs', async () => {
    const definition = JSON.stringify({ StartAt: 'A', QueryLanguage: 'JSONata', States: {} });
    const roleArn = 'arn:aws:iam::000000000000:role/workflow';
    const cases: [Record<string, Record<string, object>>, RegExp][] = [
      [
        { aws_sfn_state_machine: { bad: { name: 'bad', role_arn: roleArn, definition } } },
        /^InvalidDefinition: Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: [^\n]*StartAt'$/,
      ],
      [
        { aws_cloudwatch_event_rule: { bad: { name: 'bad', schedule_expression: 'cron(0 * * * ? *)' } } },
        /^The rule bad has the schedule cron\(0 \* \* \* \? \*\): [^\n]*$/,
      ],
      [
        { aws_s3_bucket: { data: { bucket: 'a' }, b: { bucket: 'b' } } },
        /^The local cloud serves one bucket [^\n]*$/,
      ],
    ];
    for (const [resources, message] of cases) {
      const { folder: stackFolder, bucketFolder, remove } = writeFixture({ resources });
      try {
        const error = await failure(startLocalCloud({ stackFolder, bucketFolder }));
        expect(error).to.be.instanceOf(LocalCloudError);
        expect(error.message).to.match(message);
      } finally {
        remove();
      }
    }
  });
});
