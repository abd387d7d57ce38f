/** Prices of the day: the AWS Price List and the history of Spot prices, for callers that may read them. */
import { DescribeSpotPriceHistoryCommand, EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2';
import { GetProductsCommand, PricingClient, type PricingClientConfig } from '@aws-sdk/client-pricing';
import { type Prices, tablePrices } from '../../runtime/cost/prices';

/** Of the AWS SDK's clients, without the region. */
export type PriceListConfig = PricingClientConfig & EC2ClientConfig;

/** The Price List of all regions: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html */
const PRICE_LIST_REGION = 'us-east-1';
const LIMIT_MILLISECONDS = 10_000;

/**
 * The table's prices, with today's price of an instance from AWS. That needs `pricing:GetProducts` and
 * `ec2:DescribeSpotPriceHistory`. If a right is missing, or AWS does not answer in time, the table's price stays, and `source`
 * says so. Never throws.
 */
export async function livePrices(
  region: string,
  instanceType: string,
  config: PriceListConfig = {},
): Promise<Prices> {
  const table = tablePrices(region, instanceType);
  const abortSignal = AbortSignal.timeout(LIMIT_MILLISECONDS);
  const pricing = new PricingClient({ ...config, region: PRICE_LIST_REGION });
  const ec2 = new EC2Client({ ...config, region });
  try {
    const [onDemand, spot] = await Promise.allSettled([
      onDemandHour(pricing, region, instanceType, abortSignal),
      spotHour(ec2, instanceType, abortSignal),
    ]);
    return merge(table, onDemand, spot);
  } finally {
    pricing.destroy();
    ec2.destroy();
  }
}

type Answer = PromiseSettledResult<number | undefined>;

function merge(table: Prices, onDemand: Answer, spot: Answer): Prices {
  const value = (answer: Answer) => (answer.status === 'fulfilled' ? answer.value : undefined);
  const [onDemandNow, spotNow] = [value(onDemand), value(spot)];
  const live = [
    ...(onDemandNow === undefined ? [] : ['instances by the AWS Price List']),
    ...(spotNow === undefined ? [] : ['Spot by its price now']),
  ];
  return {
    ...table,
    onDemandHour: onDemandNow ?? table.onDemandHour,
    spotHour: spotNow ?? table.spotHour,
    source: live.length > 0 ? `${live.join(', ')}, the rest by ${table.source}` : table.source,
  };
}

/** The part of a product in the Price List that has its price. */
interface Product {
  terms: {
    OnDemand?: Record<string, { priceDimensions: Record<string, { pricePerUnit: { USD?: string } }> }>;
  };
}

async function onDemandHour(
  client: PricingClient,
  region: string,
  instanceType: string,
  abortSignal: AbortSignal,
): Promise<number | undefined> {
  const wanted = {
    regionCode: region,
    instanceType,
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
  };
  const Filters = Object.entries(wanted).map(([Field, Value]) => ({
    Type: 'TERM_MATCH' as const,
    Field,
    Value,
  }));
  const command = new GetProductsCommand({ ServiceCode: 'AmazonEC2', Filters, MaxResults: 1 });
  const { PriceList = [] } = await client.send(command, { abortSignal });
  const [product] = PriceList;
  if (product === undefined) return undefined;
  const { terms }: Product = JSON.parse(product.toString());
  const [term] = Object.values(terms.OnDemand ?? {});
  const [dimension] = Object.values(term?.priceDimensions ?? {});
  return positive(Number(dimension?.pricePerUnit.USD));
}

/** The mean of the zones, since the fleet takes capacity where there is some. */
async function spotHour(
  client: EC2Client,
  instanceType: string,
  abortSignal: AbortSignal,
): Promise<number | undefined> {
  const command = new DescribeSpotPriceHistoryCommand({
    InstanceTypes: [instanceType as never],
    ProductDescriptions: ['Linux/UNIX'],
    StartTime: new Date(),
  });
  const { SpotPriceHistory = [] } = await client.send(command, { abortSignal });
  const prices = SpotPriceHistory.map(({ SpotPrice }) => Number(SpotPrice)).filter(Number.isFinite);
  return positive(prices.reduce((sum, price) => sum + price, 0) / prices.length);
}

function positive(price: number): number | undefined {
  return price > 0 ? price : undefined;
}
