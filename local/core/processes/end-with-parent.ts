/**
 * Loaded before a child's own code: the child, and what it started, end when the local cloud's process does, however
 * that ends (SIGKILL leaves no chance to tell). The pipe that the child has inherited closes then. It carries nothing, so
 * that nothing a child writes there reaches the local cloud.
 */
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const PIPE = 3;

// Node.js loads this in every thread of the child.
if (isMainThread) {
  const pipe = new Socket({ fd: PIPE });
  pipe.on('error', () => {});
  pipe.once('close', () => {
    // Compiled, this lies in the folder for the run's temporary files, and whoever should have removed that is gone.
    rmSync(__dirname, { recursive: true, force: true });
    process.kill(-process.pid, 'SIGKILL');
  });
  pipe.resume().unref();
}
