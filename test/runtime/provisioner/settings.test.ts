import { expect } from 'chai';
import { readSettings } from '../../../runtime/provisioner/settings';

const ENVIRONMENT = {
  STATE_MACHINE_ARN: 'arn',
  AUTO_SCALING_GROUP_NAME: 'group',
  CLUSTER_NAME: 'cluster',
  SERVICE_NAME: 'workers',
  WORKER_LOG_GROUP: '/batch-processor/worker',
  MAX_WORKERS: '1',
  PROVISION_TIMEOUT_SECONDS: '900',
  PROVISION_POLL_SECONDS: '0.5',
  STOP_TIMEOUT_SECONDS: '110',
};

describe("the provisioner's settings", () => {
  it('are its environment', () => {
    expect(readSettings({ ...ENVIRONMENT, OTHER: 'x' })).to.deep.equal({
      ...ENVIRONMENT,
      MAX_WORKERS: 1,
      PROVISION_TIMEOUT_SECONDS: 900,
      PROVISION_POLL_SECONDS: 0.5,
      STOP_TIMEOUT_SECONDS: 110,
    });
  });

  for (const name of Object.keys(ENVIRONMENT)) {
    it(`names ${name} if it is missing or bad`, () => {
      for (const value of [undefined, '', ...(/WORKERS$|SECONDS$/.test(name) ? ['0', '-1', 'many'] : [])]) {
        expect(() => readSettings({ ...ENVIRONMENT, [name]: value })).to.throw(name);
      }
    });
  }

  it('accept only whole workers', () => {
    expect(() => readSettings({ ...ENVIRONMENT, MAX_WORKERS: '1.5' })).to.throw('MAX_WORKERS');
  });
});
