import { expect } from 'chai';
import { readSettings } from '../../../runtime/notifier/settings';

const INSTANCES = { instanceType: 'm6i.large', spot: false, diskGiB: 30, publicIp: true };
const ENVIRONMENT = {
  TOPIC_ARN: 'arn:topic',
  DEPLOYMENT: 'batch-processor',
  RESULTS_URL: 's3://data/results/',
  CONSOLE_URL: 'https://console/',
  AWS_REGION: 'eu-west-1',
  INSTANCES: JSON.stringify(INSTANCES),
};

describe("the notifier's settings", () => {
  it("are the function's environment, the instances from JSON", () => {
    expect(readSettings({ ...ENVIRONMENT, OTHER: 'x' })).to.deep.equal({ ...ENVIRONMENT, INSTANCES });
  });

  for (const name of Object.keys(ENVIRONMENT).filter((each) => each !== 'INSTANCES')) {
    it(`are refused without ${name}, by its name`, () => {
      for (const value of [undefined, ''])
        expect(() => readSettings({ ...ENVIRONMENT, [name]: value })).to.throw(name);
    });
  }

  it('are refused if the instances lack a field', () => {
    const { spot: _, ...rest } = INSTANCES;
    expect(() => readSettings({ ...ENVIRONMENT, INSTANCES: JSON.stringify(rest) })).to.throw('spot');
  });
});
