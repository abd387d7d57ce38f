import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { livePrices } from '../../../client/cost/live-prices';
import { tablePrices } from '../../../runtime/cost/prices';

/** The answers of the Price List and EC2, in their own protocols. */
const product = (dollars: string) =>
  JSON.stringify({
    terms: {
      OnDemand: { 'SKU.TERM': { priceDimensions: { 'SKU.TERM.RATE': { pricePerUnit: { USD: dollars } } } } },
    },
  });
const history = (...prices: string[]) =>
  `<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><spotPriceHistorySet>${prices
    .map((price) => `<item><instanceType>m6i.large</instanceType><spotPrice>${price}</spotPrice></item>`)
    .join('')}</spotPriceHistorySet></DescribeSpotPriceHistoryResponse>`;

describe('prices of the day', () => {
  let server: Server;
  let priceList: string[] | undefined;
  let spotPrices: string[] | undefined;
  let asked: string[];

  before(async () => {
    server = createServer(async (request, response) => {
      const target = request.headers['x-amz-target'];
      asked.push(await text(request));
      const answer =
        target === undefined
          ? spotPrices && history(...spotPrices)
          : priceList && JSON.stringify({ FormatVersion: 'aws_v1', PriceList: priceList });
      if (answer === undefined) response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' });
      response.end(answer ?? '{"__type":"AccessDeniedException"}');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });
  after(() => server.close());
  beforeEach(() => {
    asked = [];
    priceList = undefined;
    spotPrices = undefined;
  });

  const prices = () => {
    const { port } = server.address() as AddressInfo;
    const credentials = { accessKeyId: 'k', secretAccessKey: 's' };
    return livePrices('eu-west-1', 'm6i.large', { endpoint: `http://127.0.0.1:${port}`, credentials });
  };
  const TABLE = tablePrices('eu-west-1', 'm6i.large');

  it('are AWS’s own if the caller may read them, Spot as the mean of the zones', async () => {
    priceList = [product('0.1110000000')];
    spotPrices = ['0.03', '0.05'];
    expect(await prices()).to.deep.equal({
      ...TABLE,
      onDemandHour: 0.111,
      spotHour: 0.04,
      source: `instances by the AWS Price List, Spot by its price now, the rest by ${TABLE.source}`,
    });
    expect(asked.join('\n')).to.include('"regionCode"').and.include('"eu-west-1"').and.include('m6i.large');
  });

  it('are the table’s if the caller may not', async () => {
    expect(await prices()).to.deep.equal(TABLE);
  });

  it('are the table’s if AWS has none', async () => {
    priceList = [];
    spotPrices = [];
    expect(await prices()).to.deep.equal(TABLE);
  });

  it('each come from the source that has them', async () => {
    spotPrices = ['0.04'];
    const { onDemandHour, spotHour, source } = await prices();
    expect([onDemandHour, spotHour]).to.deep.equal([TABLE.onDemandHour, 0.04]);
    expect(source).to.equal(`Spot by its price now, the rest by ${TABLE.source}`);
  });
});
