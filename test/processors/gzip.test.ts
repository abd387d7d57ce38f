import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import gzip from '../../processors/gzip';
import { failure } from '../support/failure';
import { failing, objectOf, process } from './support/process';

describe('gzip', () => {
  it('compresses the object', async () => {
    const { body, contentType } = await process(gzip, objectOf());
    expect(gunzipSync(await buffer(body as Readable)).toString()).to.equal('hello');
    expect(contentType).to.equal('application/gzip');
  });

  it('fails if reading the object fails', async () => {
    const { body } = await process(gzip, objectOf(failing()));
    expect((await failure(buffer(body as Readable))).message).to.equal('broken');
  });
});
