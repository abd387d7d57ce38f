/** Writes the bundles. `npm run bundle` does too; this needs nothing beside this folder and runtime/, as in the image's build. */
import { bundleRuntime } from '.';

bundleRuntime();
