/** The folder of what is built. All in it can be made again. */
import { join } from 'node:path';
import { ROOT } from '../root';

export const DIST = join(ROOT, 'dist');
