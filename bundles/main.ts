/** Writes the worker's bundle, as in the image's build: this needs nothing beside this folder, runtime/ and processors/. */
import { bundleWorker } from '.';

bundleWorker();
