/** Where in the workers' log group the lines of one worker are: the stack sets the names, the provisioner reads the lines. */

/** Name of the worker's container, and prefix of its log streams. */
export const WORKER_CONTAINER = 'worker';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html */
export function workerLogStream(taskArn: string): string {
  return `${WORKER_CONTAINER}/${WORKER_CONTAINER}/${taskArn.slice(taskArn.lastIndexOf('/') + 1)}`;
}
