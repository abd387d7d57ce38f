/**
 * Imported before anything else. Silences the AWS SDK's notice that versions after January 2027 need Node 22, which users of this
 * project cannot act on, because package-lock.json fixes the versions. The SDK reads the switch from this process's environment alone,
 * which no other script changes. And lets a Node that can (22.1 or later) keep what it compiles:
 * https://nodejs.org/api/module.html#moduleenablecompilecachecachedir
 */
import * as module from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../../root';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { enableCompileCache } = module as unknown as { enableCompileCache?: (folder: string) => unknown };
// Node.js works without it if the folder cannot be written.
enableCompileCache?.(join(ROOT, 'dist', 'code'));
