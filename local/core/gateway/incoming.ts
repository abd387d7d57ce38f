/** A request on its way through the gateway. */
import type { IncomingMessage } from 'node:http';
import type { Service } from '../service';
import type { BodyMemory } from './body';
import type { CommonError } from './common-errors';
import type { GatewayOptions, RequestHandle } from './options';
import type { GatewayResponse } from './response';
import type { RequestSignature } from './signatures/request-signature';

/** The state that all requests of a gateway share. */
export interface Listener {
  options: GatewayOptions;
  memory: BodyMemory;
}

export interface Incoming extends Listener {
  request: IncomingMessage;
  response: GatewayResponse;
  /** The client waits for leave to send the body. */
  expectsContinue: boolean;
  /** The error if there is none, or none that can be read. */
  signature: RequestSignature | CommonError;
  service: Service;
  isKnown: boolean;
  handle: RequestHandle;
}

/** Tells a client that waits for leave to send the body that it may. */
export function letBodyCome(incoming: Incoming): void {
  if (incoming.expectsContinue) incoming.response.writeContinue();
  incoming.expectsContinue = false;
}
