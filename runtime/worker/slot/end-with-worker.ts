/**
 * Entry of a thread in each slot. The slot and what it has started end with the worker, however that ends (SIGKILL leaves
 * no chance to tell): the pipe that the slot has inherited closes then. It carries nothing.
 */
import { Socket } from 'node:net';
import { LIFELINE } from './lifeline';

const pipe = new Socket({ fd: LIFELINE });
pipe.on('error', () => {});
pipe.once('close', () => process.kill(-process.pid, 'SIGKILL'));
pipe.resume();
