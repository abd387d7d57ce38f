/** A processor as the objects of a slot meet it. */
import type { Parameters } from '../../contract';
import { describeIssues } from '../../issues';
import { withDefaults } from '../../processor/defaults';
import { hashEnvironment, hashParameters } from '../../provenance';
import type { S3Clients } from '../../s3/clients';
import { TaskError } from '../task-error';
import type { ByteBudget } from './byte-budget';
import type { LoadedProcessor } from './load-processor';
import type { ObjectStage } from './messages';
import type { OrphanProcesses } from './orphan-processes';
import type { ProcessorTurn } from './processor-turn';
import type { ReadAhead } from './read-ahead';

export interface ConfiguredProcessor extends LoadedProcessor {
  /** With the defaults filled in. */
  parameters: Record<string, unknown>;
  parametersHash: string;
  environmentHash: string;
}

/** What a slot has for an object. */
export interface ObjectContext {
  processor: ConfiguredProcessor;
  s3: Pick<S3Clients, 'own' | 'store'>;
  /** Folder for files of objects; it need not be there. */
  scratchFolder: string;
  orphans: OrphanProcesses;
  workerId: string;
  /** Its outputs are made again, also if they are up to date. */
  isRepeated: boolean;
  turn: ProcessorTurn;
  /** For sources that wait for their turn. */
  readAhead: ReadAhead;
  /** For outputs on their way while the next object has its turn. */
  writeBehind: ByteBudget;
  /** Called for each stage of the object. */
  onStage(stage: ObjectStage): void;
  /** What the processor's setup returns, which runs once. Throws a TaskError. */
  setUp(): Promise<unknown>;
  /** The process is not fit for another object. */
  spend(): void;
  isSpent(): boolean;
}

/** `environment`: PROCESSOR_VARIABLES names the variables that the deployment gives to processors. Throws a TaskError. */
export async function configureProcessor(
  loaded: LoadedProcessor,
  given: Parameters,
  environment: NodeJS.ProcessEnv,
): Promise<ConfiguredProcessor> {
  const { name, definition } = loaded;
  const parsed = await definition.parameters?.strict().safeParseAsync(given);
  if (parsed?.success === false)
    throw new TaskError(
      'InvalidParameters',
      `the parameters of ${name} do not fit: ${describeIssues(parsed.error)}`,
    );
  const parameters = parsed?.data ?? {};
  const variables = (environment.PROCESSOR_VARIABLES ?? '').split(',').filter(Boolean);
  return {
    ...loaded,
    parameters,
    parametersHash: hashParameters(withDefaults(loaded.parametersSchema, given)),
    environmentHash: hashEnvironment(environment, variables),
  };
}
