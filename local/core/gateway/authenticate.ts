/** Finds out who has signed a request, and reads its body. */
import type { Caller, VerifyChunk } from '../service';
import { BodyTooLarge, MemoryExhausted } from './body';
import { commonError } from './common-errors';
import { type Incoming, letBodyCome } from './incoming';
import { restoreHeaders } from './signatures/presigned';
import { chunkVerifier, identify, type Verification, verifyBody, verifySignature } from './signatures/verify';

/** Lambda takes 6 MB; most others less. */
const MAX_BODY_BYTES = 8 * 1024 ** 2;

/**
 * Who has signed the request, and its body, which is empty for a service that streams. All that can be verified is, before the
 * body is read.
 */
export async function authenticate(
  incoming: Incoming,
): Promise<{ caller: Caller; body: Buffer; verifyChunk?: VerifyChunk }> {
  const { options, request, signature, service, isKnown } = incoming;
  const { protocol } = service;
  if (typeof signature === 'string') throw commonError(protocol, signature);
  // Some services have one region for the whole world: of those that are not here, none is wrong.
  const here = service.protocol === 'stream' ? service.regionOf(request) : options.region;
  const region = isKnown ? here : undefined;
  const verification: Verification = { request, signature, protocol, identities: options.identities, region };
  const identity = identify(verification);
  const { caller } = identity;
  const hashOf = () => request.headers['x-amz-content-sha256']?.toString();
  if (protocol === 'stream') {
    verifySignature(verification, identity);
    if (signature.expires !== undefined) restoreHeaders(request);
    const isInChunks = hashOf()?.includes('AWS4-HMAC-SHA256');
    const verifyChunk = isInChunks ? chunkVerifier(verification, identity) : undefined;
    return { caller, body: Buffer.alloc(0), verifyChunk };
  }
  const isHashed = hashOf() !== undefined;
  if (isHashed) verifySignature(verification, identity);
  const body = await readBody(incoming, service.maxRequestBytes);
  if (isHashed) verifyBody(verification, body);
  else verifySignature(verification, identity, body);
  return { caller, body };
}

async function readBody(incoming: Incoming, limit = MAX_BODY_BYTES): Promise<Buffer> {
  const { memory, request, response, service } = incoming;
  letBodyCome(incoming);
  try {
    return await memory.read(request, response, limit);
  } catch (error) {
    if (error instanceof BodyTooLarge) {
      throw commonError(service.protocol, 'too-large', `The request is over ${limit} bytes.`);
    }
    if (error instanceof MemoryExhausted) throw commonError(service.protocol, 'unavailable');
    throw error;
  }
}
