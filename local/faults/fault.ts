/** The faults that the local cloud can be told to have. */

/** When a fault is there, in seconds from its injection. */
export interface Window {
  /** Default 0: at once. */
  afterSeconds?: number;
  /** Default: until it is taken away. */
  forSeconds?: number;
}

/** How often a fault hits of the times that it could. */
export interface Frequency {
  /** 0 to 1. Default 1. */
  rate?: number;
  /** The first so many that it would hit are spared. Default 0. */
  skip?: number;
  /** It hits so many, and no more. Default: any number. */
  count?: number;
}

/** `api` has the service as in the IAM prefix, and `*` for any characters: `s3:PutObject`, `s3:*`, `*`. */
export type RequestFault = { api: string } & Frequency &
  Window &
  (
    | {
        /**
         * `throttle`: the service's own throttling error. `error`: its own 500 or 503. `drop`: the connection is cut before
         * the operation is carried out. `lose`: it is carried out, and the connection cut instead of an answer.
         */
        effect: 'throttle' | 'error' | 'drop' | 'lose';
      }
    /** The operation is carried out, and its answer kept back for so long, or until the fault is taken away. */
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
