/** What a processor is written with: import it as `'../../runtime/processor'`, and nothing else of this project. */
export * as z from 'zod';
export { type CommandOptions, command } from './command';
export {
  defineProcessor,
  type ProcessContext,
  type Processor,
  type ProcessorDefinition,
  type ProcessorLog,
  type SetupContext,
} from './define';
export type { SourceObject } from './object';
export type { Json, Output } from './output';
export { PermanentError } from './permanent-error';
