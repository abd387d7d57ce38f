/** A plan in the bucket, under the name of its execution, so that the summary of the execution can show the prediction. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Prices } from '../../runtime/cost/prices';
import { hasStatus } from '../../runtime/s3/has-status';
import type { Connection } from '../deployment';
import { dollarsOf } from './choose';
import { estimate, type PlanBasis } from './estimate';

export interface SavedPlan {
  basis: PlanBasis;
  prices: Prices;
}

/** What the plan predicted for a run with this number of workers. */
export interface Prediction {
  seconds: number;
  /** Undefined if nobody knew the price of the instances. */
  dollars?: number;
}

const keyOf = ({ deployment }: Connection, execution: string) =>
  `${deployment.manifestsPrefix}${execution}/plan.json`;

/** False if the caller may not write it. */
export async function savePlan(connection: Connection, execution: string, plan: SavedPlan): Promise<boolean> {
  const command = new PutObjectCommand({
    Bucket: connection.deployment.bucketName,
    Key: keyOf(connection, execution),
    Body: JSON.stringify(plan),
    ContentType: 'application/json',
  });
  try {
    await connection.clients.s3.send(command);
    return true;
  } catch (error) {
    if (hasStatus(error, 403)) return false;
    throw error;
  }
}

/** Undefined if nobody has planned the execution, the caller may not read the plan, or it is damaged. */
export async function readPrediction(
  connection: Connection,
  execution: string,
  workers: number,
): Promise<Prediction | undefined> {
  const { clients, deployment } = connection;
  try {
    const command = new GetObjectCommand({
      Bucket: deployment.bucketName,
      Key: keyOf(connection, execution),
    });
    const { Body } = await clients.s3.send(command);
    return predict((await Body?.transformToString()) ?? '', workers);
  } catch (error) {
    if (hasStatus(error, 403, 404)) return undefined;
    throw error;
  }
}

/** Undefined if somebody has damaged the plan: a run has a summary without it. */
function predict(plan: string, workers: number): Prediction | undefined {
  try {
    const { basis, prices }: SavedPlan = JSON.parse(plan);
    const row = estimate(basis, workers, prices);
    if (!Number.isFinite(row.seconds)) return undefined;
    const dollars = dollarsOf(row, basis);
    return { seconds: row.seconds, ...(Number.isFinite(dollars) && { dollars }) };
  } catch {
    return undefined;
  }
}
