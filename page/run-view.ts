/** What the pages show of a run: plain JSON, made by Node.js and read by browsers. */
import type { RunFigures } from '../client/figures/run-figures';
import type { Cost } from '../runtime/cost/cost';

export interface RunView {
  name: string;
  /** ARN of the execution. */
  arn: string;
  /** As Step Functions names it: RUNNING, SUCCEEDED …; undefined if it has forgotten the execution. */
  status?: string;
  /** Milliseconds since the epoch; undefined if Step Functions has forgotten the execution. */
  startedAt?: number;
  endedAt?: number;
  /** Of a run that did not succeed. */
  error?: string;
  cause?: string;
  /** Its input, as Step Functions has it. */
  input?: object;
  processor?: string;
  /** Workers that it asked for. */
  workersWanted?: number;
  location: RunLocation;
  figures: RunFigures;
  cost?: CostView;
  /** Of a run that goes on. Its figures come from the workers' log, so far as it was read. */
  progress?: LiveProgress;
  /** When this was made, milliseconds since the epoch. */
  madeAt: number;
}

export interface LiveProgress {
  phase: 'provisioning' | 'processing' | 'deprovisioning';
  /** Objects that are known so far, done (failed ones among them), and failed. */
  total: number;
  done: number;
  failed: number;
  workersRunning?: number;
  /** Objects a second now. */
  rate?: number;
  secondsLeft?: number;
  /** What the run waits for, a line each. */
  waits: string[];
}

/** A run in a list. */
export interface ListedRun {
  name: string;
  /** Undefined if only its results are known. */
  status?: string;
  startedAt?: number;
  endedAt?: number;
}

/** What the list shows. */
export interface RunList {
  /** Of the deployment. */
  title: string;
  location: Pick<RunLocation, 'kind' | 'region' | 'console'>;
  runs: ListedRun[];
  /** In the local cloud: what it would have sent, the newest first. */
  messages: SentMessage[];
}

/** A message about the end of a run. */
export interface SentMessage {
  /** Milliseconds since the epoch. */
  at: number;
  subject: string;
  text: string;
}

/** What the page of a live run is sent, one after the other. */
export type RunEvent =
  | { run: RunView }
  | { lines: string[] }
  | { problem: string }
  /** Nothing more comes. */
  | { isOver: true };

export interface RunLocation {
  kind: 'aws' | 'local';
  region: string;
  /** Where the outputs and the results are, for people. */
  outputs?: string;
  results?: string;
  /** The beginning of a link to an object, to which its encoded key is added; undefined if objects have none. */
  objectLink?: string;
  /** The AWS console's page of the execution. */
  console?: string;
}

export interface CostView extends Cost {
  /** In the local cloud: what the run would have cost on AWS. */
  isImagined: boolean;
  /** What the instances are taken to be: `m6i.large, on-demand`. */
  instances: string;
}
