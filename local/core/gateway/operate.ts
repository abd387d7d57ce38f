/** Runs the operation that a request asks for: verifies the signature, checks the input, asks the caller's policies. */
import { type Authorization, ServiceError } from '../service';
import { validate } from '../validation';
import { authenticate } from './authenticate';
import { commonError } from './common-errors';
import { type Incoming, letBodyCome } from './incoming';
import { type Answer, PROTOCOLS } from './protocols';

/** The answer; undefined where the service has given it itself, or where the client has gone. Throws a ServiceError. */
export async function operate(incoming: Incoming): Promise<Answer | undefined> {
  const { options, request, response, service, handle, signal } = incoming;
  const { caller, body, verifyChunk } = await authenticate(incoming);
  handle.caller = caller;
  const admit = async (authorizations: Authorization[]) => {
    handle.resources = authorizations.flatMap(({ resources }) => resources);
    for (const authorization of authorizations) {
      const denial = options.policies?.denial(caller, authorization);
      if (denial !== undefined) throw commonError(service.protocol, 'denied', denial);
    }
    if (service.protocol !== 'stream' && service.isThrottled?.(handle.action))
      throw commonError(service.protocol, 'throttled');
    return options.intercept?.(handle);
  };
  if (service.protocol === 'stream') {
    const authorizations = service.authorize(request);
    handle.action = service.operation(request);
    await admit(authorizations);
    letBodyCome(incoming);
    await service.handle(request, response, { caller, signal, verifyChunk });
    return undefined;
  }
  const protocol = PROTOCOLS[service.protocol];
  const { action, input: received } = protocol.parse(request, body, service.operations);
  handle.action = action;
  const operation = Object.hasOwn(service.operations, action) ? service.operations[action] : undefined;
  if (!operation) {
    const what = `${service.name}:${action}; see docs/local-cloud.md for what it does`;
    throw new ServiceError('NotImplemented', `The local cloud does not implement ${what}.`, 501);
  }
  const input = validate(service, operation, received);
  const authorization = operation.authorize?.(input);
  const instead = await admit([authorization ?? { action: `${service.name}:${action}`, resources: ['*'] }]);
  const output = instead ?? (await operation.run(input, { caller, signal }));
  return signal.aborted ? undefined : protocol.answer(action, output, handle.requestId);
}
