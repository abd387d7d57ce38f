/** What a run costs, on the target that it runs on. */
import { livePrices } from '../../client/cost/live-prices';
import { type Cost, costOf } from '../../runtime/cost/cost';
import { type Prices, tablePrices } from '../../runtime/cost/prices';
import type { FleetFacts, Work } from '../../runtime/cost/usage';
import { formatDollars } from '../cli/amounts';
import type { Target } from '../target/target';

type PriceTarget = Pick<Target, 'kind' | 'batch' | 'clientConfig'>;

/** AWS's own prices if the target is there, and the caller may read them; else those of the table. */
export async function findPrices(
  { kind, batch, clientConfig }: PriceTarget,
  fleet: FleetFacts,
): Promise<Prices> {
  const { region } = batch.deployment;
  return kind === 'aws'
    ? livePrices(region, fleet.instanceType, clientConfig)
    : tablePrices(region, fleet.instanceType);
}

/** Undefined if nobody knows the price of the instances. */
export function runCost(
  { batch }: Pick<PriceTarget, 'batch'>,
  work: Work,
  prices: Prices | undefined,
): Cost | undefined {
  const { fleet } = batch.deployment;
  const cost = fleet && prices && costOf(work, fleet, prices);
  return cost?.coversInstances ? cost : undefined;
}

/** `$0.42`; of a run in the local cloud, which costs nothing, `$0.42 on AWS`. */
export function describeCost({ kind }: Pick<PriceTarget, 'kind'>, dollars: number): string {
  return kind === 'aws' ? formatDollars(dollars) : `${formatDollars(dollars)} on AWS`;
}
