/** Whether a slot would skip an object: asked with the slot's own functions. */
import type { Parameters, ProcessorDescriptions } from '../contract';
import { withDefaults } from '../processor/defaults';
import { INDEX_SUFFIX } from '../processor/suffix';
import { hashParameters, hashSource, provenanceEtag } from '../provenance';
import type { ObjectStore } from '../s3/object-store';
import { findMadeOutputs, upToDateEtag } from '../worker/slot/outputs/made-outputs';
import type { Candidate } from './candidate';
import { SelectionError } from './selection-error';

export interface UpToDateOptions {
  /** Where the outputs are. */
  outputs: ObjectStore;
  /** Of the objects. */
  bucket: string;
  processors: ProcessorDescriptions;
  processor: string;
  parameters: Parameters;
  /** Hash of the environment that the deployment gives to processors. */
  environment: string;
  outputPrefix: string;
}

/** Throws a SelectionError if there is no such processor. */
export function upToDateTest(options: UpToDateOptions): (candidate: Candidate) => Promise<boolean> {
  const { outputs: store, bucket, processors, processor, parameters, environment, outputPrefix } = options;
  const description = Object.hasOwn(processors, processor) ? processors[processor] : undefined;
  if (!description || 'error' in description) {
    const problem = description ? `does not load: ${description.error}` : 'does not exist';
    throw new SelectionError('InvalidSelection', `The processor ${processor} ${problem}`);
  }
  const { outputs, version } = description;
  const suffixes = outputs === 'dynamic' ? [INDEX_SUFFIX] : outputs;
  const making = {
    processor,
    version,
    environment,
    parameters: hashParameters(withDefaults(description.parameters, parameters)),
  };
  return async ({ key, etag = '' }) => {
    const keys = suffixes.map((suffix) => outputPrefix + key + suffix);
    const source = hashSource(bucket, key);
    const made = await findMadeOutputs(store, keys, { ...making, source });
    return upToDateEtag(made) === provenanceEtag(etag);
  };
}
