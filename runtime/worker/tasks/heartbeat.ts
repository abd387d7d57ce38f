/** The heartbeats of one task in hand. */
import { TaskError } from '../task-error';

export class Heartbeat {
  private readonly lost = new AbortController();
  private readonly timer: NodeJS.Timeout;

  /** `send` tells whether Step Functions still waits for the task; it never throws. */
  constructor(
    private readonly send: () => Promise<boolean>,
    intervalSeconds: number,
  ) {
    this.timer = setInterval(this.beat, intervalSeconds * 1000);
  }

  /** Aborted, with a TaskError, when Step Functions has given the task up. */
  get givenUp(): AbortSignal {
    return this.lost.signal;
  }

  /** One heartbeat out of turn. */
  readonly beat = async (): Promise<void> => {
    if (await this.send()) return;
    this.lost.abort(new TaskError('ProcessorTimeout', 'Step Functions has given the task up'));
  };

  stop(): void {
    clearInterval(this.timer);
  }
}
