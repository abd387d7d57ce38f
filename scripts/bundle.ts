/** Writes the bundles of runtime/ to dist/; what the container image and the Lambda hold. */
import { bundleRuntime } from '../bundles';

const { provisioner, worker } = bundleRuntime();
process.stdout.write(`${provisioner.archive}\n${worker.folder}\n`);
