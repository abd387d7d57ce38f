import { expect } from 'chai';
import table from '../../../runtime/cost/price-table.json';
import { tablePrices } from '../../../runtime/cost/prices';

const onDemand = (region: string, type: string) => tablePrices(region, type).onDemandHour;

describe('the table of prices', () => {
  /** As AWS lists them. */
  const LISTED: [string, string, number][] = [
    ['us-east-1', 'm6i.large', 0.096],
    ['us-east-1', 'm6i.4xlarge', 0.768],
    ['us-east-1', 'c7g.xlarge', 0.145],
    ['us-east-1', 'c6g.medium', 0.034],
    ['us-east-1', 'r7i.48xlarge', 12.7008],
    ['us-east-1', 't3.nano', 0.0052],
    ['eu-west-1', 'm6i.xlarge', 0.214],
    ['eu-central-1', 'm6g.medium', 0.046],
    ['ap-northeast-1', 'c6i.24xlarge', 5.136],
    ['ap-southeast-2', 'c6g.12xlarge', 2.1312],
  ];
  for (const [region, type, price] of LISTED) {
    it(`has ${type} in ${region}`, () => expect(onDemand(region, type)).to.be.closeTo(price, 1e-9));
  }

  it('has no price for a type or region that it does not list', () => {
    expect(onDemand('us-east-1', 'x9.large')).to.equal(undefined);
    expect(onDemand('us-east-1', 'm6i.metal')).to.equal(undefined);
    expect(onDemand('us-east-1', 'm6i')).to.equal(undefined);
    expect(onDemand('xx-moon-1', 'm6i.large')).to.equal(undefined);
    expect(tablePrices('us-east-1', 'm6i.32xlarge').spotHour).to.equal(undefined);
  });

  it('says its date', () => {
    expect(tablePrices('us-east-1', 'm6i.large').source).to.match(/^the table of \d{4}-\d\d-\d\d$/);
  });

  for (const [region, { onDemandHour, spotHour, ...prices }] of Object.entries(table.regions)) {
    it(`is complete for ${region}, and Spot is cheaper`, () => {
      expect(Object.values(prices).every((price) => price > 0)).to.equal(true);
      expect(onDemandHour).to.include.keys('m6i', 'm6g');
      for (const [type, price] of Object.entries(spotHour))
        expect(price, type).to.be.within(0, onDemand(region, type) ?? 0);
    });
  }
});
