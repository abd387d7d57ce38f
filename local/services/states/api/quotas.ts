/**
 * The token buckets of Step Functions' API. Each call takes a token from its operation's bucket, which refills steadily; a call that
 * finds none is throttled. The buckets are those of an account in one region, for all callers together.
 */

/**
 * Size, and tokens that come back in a second: the defaults of Standard Workflows in most regions. They are larger in us-east-1,
 * us-west-2 and eu-west-1. Source: Developer Guide, "Service quotas", Quotas related to API action throttling.
 */
export const API_QUOTAS: Record<string, readonly [size: number, refill: number]> = {
  CreateActivity: [100, 1],
  CreateStateMachine: [100, 1],
  DeleteActivity: [100, 1],
  DeleteStateMachine: [100, 1],
  DescribeActivity: [200, 1],
  DescribeExecution: [250, 10],
  DescribeMapRun: [200, 1],
  DescribeStateMachine: [200, 20],
  DescribeStateMachineForExecution: [200, 1],
  GetActivityTask: [1500, 300],
  GetExecutionHistory: [400, 20],
  ListActivities: [100, 5],
  ListExecutions: [100, 2],
  ListMapRuns: [100, 1],
  ListStateMachines: [100, 5],
  ListTagsForResource: [100, 1],
  RedriveExecution: [800, 150],
  SendTaskFailure: [1500, 300],
  SendTaskHeartbeat: [1500, 300],
  SendTaskSuccess: [1500, 300],
  StartExecution: [800, 150],
  StopExecution: [500, 25],
  TagResource: [200, 1],
  UntagResource: [200, 1],
  UpdateMapRun: [100, 1],
  UpdateStateMachine: [100, 1],
  ValidateStateMachineDefinition: [100, 1],
};

export class TokenBuckets {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  /** `now`: a clock that only goes forward, in milliseconds. */
  constructor(
    private readonly quotas = API_QUOTAS,
    private readonly now = () => performance.now(),
  ) {}

  /** Takes a token; false if the bucket is empty. Operations without a quota are never throttled. */
  take(operation: string): boolean {
    const quota = this.quotas[operation];
    if (!quota) return true;
    const [size, refill] = quota;
    const now = this.now();
    const { tokens: before, at } = this.buckets.get(operation) ?? { tokens: size, at: now };
    const tokens = Math.min(size, before + ((now - at) / 1000) * refill);
    const taken = tokens >= 1;
    this.buckets.set(operation, { tokens: taken ? tokens - 1 : tokens, at: now });
    return taken;
  }
}
