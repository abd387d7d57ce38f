/** Whether a local cloud that was kept up runs the code as it is now. */
import { type BundleSettings, bundleWorker } from '../../bundles';
import { outputReader } from '../../client/deployment';

/** Compares what its workers run, processors among it, with what a build makes now. `outputs`: of its stack. */
export function runsCurrentCode(outputs: Record<string, unknown>, settings: BundleSettings): boolean {
  const text = outputReader(outputs);
  const imageTag = text('worker_image_uri').split(':').at(-1);
  return bundleWorker(settings).imageTag(text('architecture')) === imageTag;
}
