/** The content of images: folders. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Stack } from '../../core/stack/stack';

/**
 * The worker's image, by its URI: the bundle that the stack carries beside it. The image's build would install packages into it; here
 * it gets links to those that `installed` names: folders by their paths in the image.
 */
export function imagesOf(stack: Stack, installed: Record<string, string>): Map<string, string> {
  const { worker_image_uri: image, worker_bundle: bundle } = stack.outputs();
  if (typeof image !== 'string' || typeof bundle !== 'string') return new Map();
  const folder = stack.path(bundle);
  linkPackages(folder, installed);
  return new Map([[image, folder]]);
}

/** Links folders with installed packages into the folder of an image, by their paths in it. */
export function linkPackages(folder: string, installed: Record<string, string>): void {
  for (const [path, target] of Object.entries(installed)) {
    const link = join(folder, path);
    if (!existsSync(target) || existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
  }
}
