import { processesWith } from '../../support/processes';

/** Ids of the workers of a local cloud and their slots that are alive. Linux only. */
export function workerProcesses(endpoint: string): number[] {
  return processesWith('AWS_ENDPOINT_URL', endpoint)
    .filter(({ pid, command }) => pid !== process.pid && /\b(main|slot)\.js\b/.test(command))
    .map(({ pid }) => pid);
}
