/** Runs the operation that a request asks for: verifies the signature, checks the input, asks the caller's policies. */
import type { ServerResponse } from 'node:http';
import {
  type Authorization,
  type Caller,
  ServiceError,
  type StreamContext,
  type VerifyChunk,
} from '../service';
import { validate } from '../validation';
import { authenticate } from './authenticate';
import { commonError } from './common-errors';
import { type Incoming, letBodyCome } from './incoming';
import { type Answer, PROTOCOLS } from './protocols';

/** The answer; undefined if the service has given it itself, or if the client has gone. Throws a ServiceError. */
export async function operate(incoming: Incoming): Promise<Answer | undefined> {
  const { options, request, response, service, handle } = incoming;
  const { caller, body, verifyChunk } = await authenticate(incoming);
  handle.caller = caller;
  const admit = (authorizations: Authorization[]) => {
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
    const read = service.read(request);
    handle.action = read.operation;
    await admit(read.authorizations);
    letBodyCome(incoming);
    await read.handle(response, new Context(caller, response, verifyChunk));
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
  const output = instead ?? (await operation.run(input, new Context(caller, response)));
  return response.destroyed ? undefined : protocol.answer(action, output, handle.requestId);
}

/** Makes its signal for who asks for it: few operations do, and it costs more than most of them. */
class Context implements StreamContext {
  #signal?: AbortSignal;

  constructor(
    readonly caller: Caller,
    private readonly response: ServerResponse,
    readonly verifyChunk?: VerifyChunk,
  ) {}

  get signal(): AbortSignal {
    this.#signal ??= hangUpOf(this.response);
    return this.#signal;
  }
}

function hangUpOf(response: ServerResponse): AbortSignal {
  const hangUp = new AbortController();
  const closed = () => {
    if (!response.writableFinished) hangUp.abort();
  };
  if (response.destroyed) closed();
  else response.once('close', closed);
  return hangUp.signal;
}
