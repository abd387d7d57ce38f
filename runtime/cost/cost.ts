/** What an execution costs on AWS, line by line. */
import type { Prices } from './prices';
import { type Instances, type Usage, usageOf, type Work } from './usage';

export interface CostLine {
  /** `instances`, `root disks` … */
  name: string;
  amount: number;
  /** `hours`: of the amount. */
  unit: string;
  /** USD for one unit, and for the amount; undefined if nobody knows the price. */
  price?: number;
  dollars?: number;
}

export interface Cost {
  lines: CostLine[];
  /** USD, of the lines whose price is known. */
  dollars: number;
  /** What has no price, for people: `instances (x9.large in eu-west-1)`. Empty if the sum is complete. */
  unpriced: string[];
  /** Whether the instances have a price: without them, the sum says little. */
  coversInstances: boolean;
  /** Where the prices come from, for people. */
  source: string;
}

/** `instances`: how they are bought decides which price counts. */
export function costOf(work: Work, instances: Instances, prices: Prices): Cost {
  const lines = linesOf(usageOf(work, instances), instances, prices);
  const { region, source } = prices;
  const { spot, instanceType } = instances;
  const describe = ({ name }: CostLine) =>
    name === INSTANCES
      ? `${spot ? 'Spot ' : ''}${name} (${instanceType} in ${region})`
      : `${name} (${region})`;
  const unpriced = lines.filter(({ price, amount }) => price === undefined && amount > 0).map(describe);
  return {
    lines,
    dollars: lines.reduce((sum, { dollars = 0 }) => sum + dollars, 0),
    unpriced,
    coversInstances: lines.some(({ name, price }) => name === INSTANCES && price !== undefined),
    source,
  };
}

const INSTANCES = 'instances';

function linesOf(usage: Usage, { spot }: Instances, prices: Prices): CostLine[] {
  const line = (name: string, amount: number, unit: string, price: number | undefined): CostLine => ({
    name,
    amount,
    unit,
    ...(price !== undefined && { price, dollars: amount * price }),
  });
  return [
    line(INSTANCES, usage.instanceHours, 'hours', spot ? prices.spotHour : prices.onDemandHour),
    line('public IPv4 addresses', usage.ipv4Hours, 'hours', prices.ipv4Hour),
    line('root disks', usage.diskMonths, 'GiB-months', prices.diskGbMonth),
    line('state transitions', usage.stateTransitions / 1000, 'thousand', prices.stateTransition1000),
    line('S3 reads', usage.s3Reads / 1000, 'thousand', prices.s3Read1000),
    line('S3 writes', usage.s3Writes / 1000, 'thousand', prices.s3Write1000),
    line('logs', usage.logGigabytes, 'GB', prices.logGb),
    line('custom metrics', usage.metricMonths, 'metric-months', prices.metricMonth),
    line('Lambda calls', usage.lambdaCalls / 1e6, 'million', prices.lambdaMillion),
    line('Lambda', usage.lambdaGbSeconds, 'GB-seconds', prices.lambdaGbSecond),
  ];
}
