/** The content of images: folders. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Stack } from './stack/stack';

/** What the build of the image installs, below the folder of the image and of whoever has it installed. */
const INSTALLED = ['node_modules', 'processors/node_modules', 'processors/.venv'];

/**
 * The worker's image, by its URI: the bundle that the stack carries beside it. The image's build would install packages into it; here
 * it gets links to those in `packagesFolder`.
 */
export function imagesOf(
  stack: Stack,
  outputs: Record<string, unknown>,
  packagesFolder?: string,
): Map<string, string> {
  const { worker_image_uri: image, worker_bundle: bundle } = outputs;
  if (typeof image !== 'string' || typeof bundle !== 'string') return new Map();
  const folder = stack.path(bundle);
  if (packagesFolder !== undefined) linkPackages(folder, packagesFolder);
  return new Map([[image, folder]]);
}

/** Links what is installed in `packagesFolder` into the folder of an image. */
export function linkPackages(folder: string, packagesFolder: string): void {
  for (const path of INSTALLED) {
    const [target, link] = [join(packagesFolder, path), join(folder, path)];
    if (!existsSync(target) || existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
  }
}
