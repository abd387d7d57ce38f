/** Prices of AWS: the table of this repository, price-table.json, which is there without an account or a network. */
import table from './price-table.json';

/** USD, list prices without free tiers. Those that nobody knows are undefined. */
export interface Prices {
  /** Where they come from, for people: `the table of 2026-11-27`. */
  source: string;
  /** `eu-west-1`, `m6i.large` */
  region: string;
  instanceType: string;
  /** An hour of an instance: Linux, shared tenancy. */
  onDemandHour?: number;
  spotHour?: number;
  ipv4Hour: number;
  /** A GiB of a gp3 disk for a month. */
  diskGbMonth?: number;
  stateTransition1000: number;
  /** GET and HEAD; PUT, COPY, POST and LIST. */
  s3Read1000?: number;
  s3Write1000?: number;
  /** A GB of log lines that CloudWatch takes in. */
  logGb?: number;
  /** A custom metric for a month. */
  metricMonth: number;
  lambdaMillion: number;
  lambdaGbSecond: number;
}

type Region = Pick<Prices, 'diskGbMonth' | 's3Read1000' | 's3Write1000' | 'logGb'> & {
  onDemandHour: Partial<Record<string, number>>;
  spotHour: Partial<Record<string, number>>;
};

const REGIONS: Partial<Record<string, Region>> = table.regions;

/**
 * Sizes as multiples of `large`, by which AWS prices the sizes of a family:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/apply_ri.html
 */
const SIZES: Partial<Record<string, number>> = {
  nano: 1 / 16,
  micro: 1 / 8,
  small: 1 / 4,
  medium: 1 / 2,
  large: 1,
};

/** What the table has for a region and an instance type. */
export function tablePrices(region: string, instanceType: string): Prices {
  const { onDemandHour, spotHour, ...prices } = REGIONS[region] ?? { onDemandHour: {}, spotHour: {} };
  const [family = '', size = ''] = instanceType.split('.');
  const large = onDemandHour[family];
  const factor = factorOf(size);
  return {
    source: `the table of ${table.date}`,
    region,
    instanceType,
    ...table.everywhere,
    ...prices,
    onDemandHour: large === undefined || factor === undefined ? undefined : large * factor,
    spotHour: spotHour[instanceType],
  };
}

/** Undefined for `metal`, which has prices of its own. */
function factorOf(size: string): number | undefined {
  const [isXlarge, multiple] = /^(\d*)xlarge$/.exec(size) ?? [];
  return isXlarge === undefined ? SIZES[size] : 2 * Number(multiple || 1);
}
