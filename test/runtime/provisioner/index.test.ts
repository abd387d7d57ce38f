/** The function that Lambda calls, with the local cloud's services. */
import fs from 'node:fs';
import { mock } from 'node:test';
import { expect } from 'chai';
import { ServiceError } from '../../../local/core/service';
import type { ProvisionerEvent } from '../../../runtime/contract';
import { REGION } from '../../local/support/fixture-stack';
import { failure } from '../../support/failure';
import { serviceEnvironment, setEnvironment } from '../support/environment';
import { captureLines } from '../support/lines';
import { loadFunction } from '../support/load-function';
import { ProvisionerCloud, provision, SCHEDULE, WITHOUT_WORKERS } from '../support/provisioner-cloud';

const PROCESSORS = { checksum: { version: '1', outputs: [''], parameters: { type: 'object' } } };

describe("the provisioner's function", () => {
  const lines = captureLines();
  const provisioner = new ProvisionerCloud();
  let handler: typeof import('../../../runtime/provisioner').handler;
  let executionArn: string;
  let restore = () => {};
  before(async () => {
    // The SDK waits a random time before another attempt.
    mock.method(Math, 'random', () => 0);
    // The build writes it beside the bundle.
    const { readFileSync } = fs;
    mock.method(fs, 'readFileSync', (...given: Parameters<typeof readFileSync>) =>
      String(given[0]).endsWith('/processors.json') ? JSON.stringify(PROCESSORS) : readFileSync(...given),
    );
    await provisioner.boot(WITHOUT_WORKERS);
    executionArn = await provisioner.start(1);
    const { endpoint, credentials } = provisioner.cloud;
    const variables = { ...provisioner.environment, ...serviceEnvironment(endpoint, credentials) };
    restore = setEnvironment({ ...variables, AWS_REGION: REGION });
    ({ handler } = loadFunction<typeof import('../../../runtime/provisioner')>(
      require.resolve('../../../runtime/provisioner'),
    ));
  });
  beforeEach(() => {
    provisioner.actions.length = 0;
    provisioner.intercept = () => undefined;
  });
  after(() => {
    restore();
    mock.reset();
    return provisioner.close();
  });
  /** Step Functions throttles this number of calls. */
  const throttle = (refusals: number) => {
    provisioner.intercept = ({ action }) => {
      if (action !== 'ListExecutions' || refusals === 0) return;
      refusals -= 1;
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    };
  };
  const metrics = () => lines.filter((line) => '_aws' in line);

  it('reconciles, says what it did, and tries a throttled call up to five times', async () => {
    throttle(4);
    const fleet = await handler(SCHEDULE);
    expect(fleet).to.include({ needed: 1, desired: 1 });
    expect(lines.at(-1)).to.deep.include({ message: 'Fleet reconciled', event: SCHEDULE, fleet });
    expect(metrics()).to.have.length(1);
    expect(metrics()[0]).to.include({ IdleInstances: 0, StuckInstances: 0, AutoScalingGroupName: 'group' });
  });

  for (const [what, redrive_count, count] of [
    ['with a count of redrives', '2', 2],
    ['without one', '', 0],
  ] as const) {
    it(`takes an event as EventBridge's rules send it, ${what}; only the scheduled call writes metrics`, async () => {
      await handler({ action: 'deprovision', execution_arn: 'arn:of:execution', redrive_count });
      const event = { action: 'deprovision', execution_arn: 'arn:of:execution', redrive_count: count };
      expect(lines.at(-1)).to.deep.include({ message: 'Fleet reconciled', event });
      expect(metrics()).to.deep.equal([]);
    });
  }

  it('answers an execution that waits if its call is throttled five times, and fails for the schedule', async () => {
    throttle(5);
    const event = provision(executionArn, 1);
    const fleet = await handler(event);
    expect(fleet).to.include({
      needed: 1,
      ready: false,
      reason: "AWS throttles the account's requests: Rate exceeded",
    });
    expect(lines.at(-1)).to.deep.include({ message: 'Fleet reconciled', event, fleet });
    throttle(5);
    expect(await failure(handler(SCHEDULE))).to.include({ name: 'ThrottlingException' });
  });

  it('provisions no execution whose processor the workers do not have: nothing is asked of AWS', async () => {
    const event = { ...provision(executionArn, 1), processor: 'thumbnail' } as ProvisionerEvent;
    const error = await failure(handler(event));
    expect(error)
      .to.include({ name: 'InvalidProcessor' })
      .and.property('message')
      .match(/thumbnail.*checksum/);
    expect(provisioner.actions).to.deep.equal([]);
    expect(await handler(provision(executionArn, 1))).to.include({ needed: 1, desired: 1, ready: false });
  });
});
