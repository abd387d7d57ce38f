/** A slot: one processor with one set of parameters, loaded and set up once, and the objects that it processes. */
import type { ObjectResult, Parameters } from '../../contract';
import type { S3Clients } from '../../s3-clients';
import { TaskError } from '../task-error';
import { Attempt, settles } from './attempt';
import { type ConfiguredProcessor, configureProcessor } from './configured-processor';
import { flushConsole } from './console/capture-console';
import { processorLog } from './console/processor-log';
import { loadProcessor } from './load-processor';
import type { ObjectRequest, SlotState } from './messages';
import { processObject } from './process-object';
import { Strays } from './strays';

export interface SlotOptions {
  /** Of the processor. */
  name: string;
  /** Folder with processors/. */
  workerFolder: string;
  /** Folder for files of objects; it need not be there. */
  scratchFolder: string;
  s3: Pick<S3Clients, 'own' | 'of'>;
  /** Hears of each state, when the slot enters it. */
  onState(state: SlotState): void;
}

export class Slot {
  readonly strays = new Strays();
  private spent = false;
  private configured?: Promise<ConfiguredProcessor>;
  private state?: Promise<unknown>;

  constructor(private readonly options: SlotOptions) {}

  /** The process is not fit for another object: the worker is to replace it. */
  get isSpent(): boolean {
    return this.spent;
  }

  readonly spend = (): void => {
    this.spent = true;
  };

  /** Throws a TaskError. */
  async process({ task, key, workerId }: Omit<ObjectRequest, 'id'>): Promise<ObjectResult> {
    this.configured ??= this.configure(task.parameters);
    const processor = await this.configured;
    const { s3, scratchFolder } = this.options;
    const { strays, spend } = this;
    const setUp = () => this.setUp(processor);
    return processObject(task, key, { processor, s3, scratchFolder, strays, workerId, setUp, spend });
  }

  private async configure(given: Parameters): Promise<ConfiguredProcessor> {
    const { name, workerFolder, onState } = this.options;
    onState('loading');
    try {
      const loaded = await loadProcessor(workerFolder, name);
      return await configureProcessor(loaded, given, process.env);
    } catch (error) {
      // Node.js remembers a module that does not load.
      this.spend();
      throw error;
    } finally {
      onState('ready');
    }
  }

  /** Where it fails, it runs once more for the next object. */
  private setUp(processor: ConfiguredProcessor): Promise<unknown> {
    this.state ??= this.runSetup(processor).catch((error) => {
      this.state = undefined;
      throw error;
    });
    return this.state;
  }

  private async runSetup({ name, folder, definition, parameters }: ConfiguredProcessor): Promise<unknown> {
    if (!definition.setup) return undefined;
    const { s3, onState } = this.options;
    const fields = { processor: name };
    const attempt = new Attempt(fields);
    let settingUp: Promise<unknown> = Promise.resolve();
    onState('setup');
    try {
      return await attempt.run(async () => {
        settingUp = (async () =>
          definition.setup?.({
            parameters,
            env: process.env,
            folder,
            log: processorLog(fields),
            s3: s3.own,
          }))();
        return await settingUp;
      });
    } catch (error) {
      if (!(await settles(settingUp, 0))) this.spend();
      const { name: errorName, message, userStack } = error as TaskError;
      throw new TaskError(errorName, `setup: ${message}`, userStack);
    } finally {
      this.strays.keep(attempt);
      flushConsole(attempt);
      onState('ready');
    }
  }
}
