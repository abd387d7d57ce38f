/**
 * Loaded before a child's own code: the child, and what it started, end when the local cloud's process does, however that
 * ends (a process that gets SIGKILL can tell nobody). The pipe that the child has inherited closes then. It carries
 * nothing, so that nothing a child writes there reaches the local cloud.
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
    // Compiled, this file is in the folder for the run's temporary files. The process that should have removed the folder is gone.
    rmSync(__dirname, { recursive: true, force: true });
    process.kill(-process.pid, 'SIGKILL');
  });
  pipe.resume().unref();
}
