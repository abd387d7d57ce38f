/** A slot: one processor with one set of parameters, loaded and set up once, and the objects that it processes. */
import type { ObjectResult } from '../../contract';
import type { S3Clients } from '../../s3/clients';
import { TaskError } from '../task-error';
import { Attempt, settles } from './attempt';
import { ByteBudget } from './byte-budget';
import { type ConfiguredProcessor, configureProcessor } from './configured-processor';
import { flushConsole } from './console/capture-console';
import { processorLog } from './console/processor-log';
import { loadProcessor } from './load-processor';
import type { ObjectRequest, ObjectStage, SlotState, TaskOfObject } from './messages';
import { OrphanProcesses } from './orphan-processes';
import { processObject } from './process-object';
import { ProcessorTurn } from './processor-turn';
import { ReadAhead } from './read-ahead';

export interface SlotOptions {
  /** Folder with processors/. */
  workerFolder: string;
  /** Folder for files of objects; it need not be there. */
  scratchFolder: string;
  /** How much it may read ahead, and as much again that it may write behind. */
  bufferBytes: number;
  s3: Pick<S3Clients, 'own' | 'store'>;
  /** Called for each state, when the slot enters it. */
  onState(state: SlotState): void;
}

export class Slot {
  readonly orphans = new OrphanProcesses();
  private readonly turn = new ProcessorTurn();
  private readonly readAhead: ReadAhead;
  private readonly writeBehind: ByteBudget;
  private spent = false;
  private configured?: Promise<ConfiguredProcessor>;
  private state?: Promise<unknown>;

  constructor(private readonly options: SlotOptions) {
    this.readAhead = new ReadAhead(options.bufferBytes);
    this.writeBehind = new ByteBudget(options.bufferBytes);
  }

  /** The process is not fit for another object: the worker is to replace it. */
  get isSpent(): boolean {
    return this.spent;
  }

  readonly spend = (): void => {
    this.spent = true;
  };

  /** Of several objects at a time, the processor has one in hand. Throws a TaskError, or ReturnedObject. */
  async process(
    { task, key, isRepeated, workerId }: Omit<ObjectRequest, 'id'>,
    onStage: (stage: ObjectStage) => void,
  ): Promise<ObjectResult> {
    this.configured ??= this.configure(task);
    const processor = await this.configured;
    const { s3, scratchFolder } = this.options;
    const { orphans, spend, turn, readAhead, writeBehind } = this;
    return processObject(task, key, {
      processor,
      s3,
      scratchFolder,
      orphans,
      workerId,
      isRepeated,
      turn,
      readAhead,
      writeBehind,
      onStage,
      setUp: () => this.setUp(processor),
      spend,
      isSpent: () => this.isSpent,
    });
  }

  private async configure({ processor, parameters }: TaskOfObject): Promise<ConfiguredProcessor> {
    const { workerFolder, onState } = this.options;
    onState('loading');
    try {
      const loaded = await loadProcessor(workerFolder, processor);
      return await configureProcessor(loaded, parameters, process.env);
    } catch (error) {
      // Node.js remembers a module that does not load.
      this.spend();
      throw error;
    } finally {
      onState('ready');
    }
  }

  /** If it fails, it runs once more for the next object. */
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
      this.orphans.keep(attempt);
      flushConsole(attempt);
      onState('ready');
    }
  }
}
