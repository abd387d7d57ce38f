import type { PROVISIONING_ERRORS } from '../errors';

/** An error by which the execution fails; its name is in the state machine's `Retry`. */
export class ProvisioningError extends Error {
  constructor(
    override readonly name: (typeof PROVISIONING_ERRORS)[number],
    message: string,
    /** ARN of the worker's task whose end the message gives as the reason. */
    readonly taskArn?: string,
  ) {
    super(message);
  }
}
