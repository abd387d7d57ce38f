/** A plan in the bucket, by the name of the execution that it is for: so whoever looks at the execution finds what was predicted. */
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

/** What the plan said of a run with so many workers. */
export interface Prediction {
  seconds: number;
  /** Undefined where nobody knew the price of the instances. */
  dollars?: number;
}

const keyOf = ({ deployment }: Connection, execution: string) =>
  `${deployment.manifestsPrefix}${execution}/plan.json`;

/** False where the caller may not write it. */
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

/** Undefined where nobody has planned the execution, the caller may not read the plan, or it is damaged. */
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

/** Undefined where somebody has damaged the plan: a run has a summary without it. */
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
