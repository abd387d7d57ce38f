/** The faults that can be injected into the local cloud. */

/** When a fault is active, in seconds from its injection. */
export interface Window {
  /** Default 0: at once. */
  afterSeconds?: number;
  /** Default: until it is removed. */
  forSeconds?: number;
}

/** How often a fault hits. */
export interface Frequency {
  /** 0 to 1. Default 1. */
  rate?: number;
  /** Skips this number of hits first. Default 0. */
  skip?: number;
  /** Maximum number of hits. Default: unlimited. */
  count?: number;
}

/** `api` has the service as in the IAM prefix, and `*` for any characters: `s3:PutObject`, `s3:*`, `*`. */
export type RequestFault = { api: string } & Frequency &
  Window &
  (
    | {
        /**
         * `throttle`: the service's own throttling error. `error`: its own 500 or 503. `drop`: the connection breaks before
         * the operation runs. `lose`: the operation runs, and the connection breaks instead of an answer.
         */
        effect: 'throttle' | 'error' | 'drop' | 'lose';
      }
    /** The operation runs, and its answer waits for this time, or until the fault is removed. */
    | { effect: 'delay'; seconds: number }
  );

export type Fault =
  | RequestFault
  /** A random running worker gets SIGKILL. */
  | ({ effect: 'kill'; what: 'workers'; everySeconds: number } & Window)
  /** Spot takes a random instance: it is drained, its worker gets SIGTERM, and the group replaces it. */
  | ({ effect: 'interrupt'; what: 'instances'; everySeconds: number } & Window)
  /** EC2 launches no instance, or ECS cannot start a task; `reason` in their words, by default no capacity and no image. */
  | ({ effect: 'refuse'; what: 'instances' | 'workers'; reason?: string } & Frequency & Window);
