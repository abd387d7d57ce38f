/** Signatures of requests, held against those of the SDK's own signer. */
import crypto from 'node:crypto';
import { mock } from 'node:test';
import { HttpRequest } from '@smithy/core/protocols';
import { expect } from 'chai';
import { RequestSigner, type UnsignedRequest } from '../../../runtime/aws/request-signer';
import { signerOf } from '../../local/support/signer';

const REGION = 'eu-central-1';
const LONG_TERM = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret' };
const TEMPORARY = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'another', sessionToken: 'to/ken+==' };
const NOON = new Date('2026-11-27T12:00:00.123Z');
const NEXT_DAY = new Date('2026-11-28T00:00:01Z');
const GET: UnsignedRequest = { method: 'GET', path: '/b/a%20b/%C3%BC', headers: { host: 'example.com' } };

const REQUESTS: Record<string, UnsignedRequest> = {
  'a request without a body': GET,
  'a body': {
    method: 'PUT',
    path: '/b/k',
    headers: { host: 'example.com:8080', 'content-length': '3', 'x-amz-meta-a': 'b' },
    body: Buffer.from('ü!'),
  },
  'blanks in and around values': { ...GET, headers: { ...GET.headers, 'x-amz-meta-a': ' b \t c  ' } },
  'headers that a proxy may change': {
    ...GET,
    headers: { 'user-agent': 'me', 'cache-control': 'no-cache', ...GET.headers },
  },
  'a path with empty parts': { ...GET, path: '/b//k/' },
};

/** The SDK's signature. Services other than S3 have no empty parts in their paths. */
async function bySdk(
  service: string,
  { method, path, headers, body }: UnsignedRequest,
  credentials = LONG_TERM,
  signingDate = NOON,
) {
  const request = new HttpRequest({ method, path, headers, body, hostname: 'example.com' });
  const signed = await signerOf(service, { region: REGION, credentials }).sign(request, { signingDate });
  return signed.headers;
}

const signerFor = (service: string) =>
  new RequestSigner({ region: REGION, service, signsPathAsSent: service === 's3' });

describe('a signer of requests', () => {
  for (const [what, request] of Object.entries(REQUESTS))
    it(`signs ${what} as the SDK does`, async () => {
      expect(signerFor('s3').sign(request, LONG_TERM, NOON)).to.deep.equal(await bySdk('s3', request));
    });

  it('encodes the path once more for services other than S3', async () => {
    expect(signerFor('states').sign(GET, LONG_TERM, NOON)).to.deep.equal(await bySdk('states', GET));
  });

  it('derives a new key on the next day and for other credentials', async () => {
    const signer = signerFor('s3');
    for (const credentials of [LONG_TERM, TEMPORARY, LONG_TERM])
      for (const date of [NOON, NOON, NEXT_DAY])
        expect(signer.sign(GET, credentials, date)).to.deep.equal(await bySdk('s3', GET, credentials, date));
  });

  it('uses the same key for all requests of a day: to derive a key takes four times the hashing of a signature', () => {
    const signer = signerFor('s3');
    const createHmac = mock.method(crypto, 'createHmac');
    for (const _ of [1, 2, 3]) signer.sign(GET, LONG_TERM, NOON);
    expect(createHmac.mock.callCount()).to.equal(4 + 3);
    createHmac.mock.restore();
  });
});
