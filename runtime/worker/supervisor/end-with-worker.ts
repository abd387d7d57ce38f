/**
 * A slot and what it has started end with the worker, however that ends: a worker that gets SIGKILL can tell nobody. A shell waits for the
 * worker's end, since the processor may block the slot. A thread in the slot would cost a fifth of the slot's start. The shell starts
 * before the slot gets its first object, so before the processor can block anything.
 */
import { spawn } from 'node:child_process';
import { describeError, log } from '../../log';

/** Standard input is a pipe that carries nothing and closes with the worker. */
const SCRIPT = 'read -r _; kill -s KILL -- "-$0"';

/** Returns a function to call when the group has ended: its number may be another's later. */
export function endWithWorker(leader: number): () => void {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, String(leader)], {
    // Signals for the worker's group are not for it.
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', (error) =>
    log.warn('A slot could go on after this worker if somebody kills the worker', describeError(error)),
  );
  shell.stdin.on('error', () => {});
  return () => shell.kill('SIGKILL');
}
