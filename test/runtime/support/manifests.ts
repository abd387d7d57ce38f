/** Manifests in an S3 over HTTP. */
import { expect } from 'chai';
import { type ManifestPosition, type ManifestSource, readManifest } from '../../../runtime/selector/manifest';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';

export type Options = Pick<ManifestSource, 'format' | 'column'>;

/** For a `describe`: starts the S3 before its tests, and ends it after them. */
export function useManifests() {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const put = (Key: string, content: string | Buffer) => server.put(Key, content);
  /** The pages of a manifest, from a given page on. */
  const pages = (key: string, options: Options = {}, from?: ManifestPosition) =>
    readManifest(server.client, { bucket: BUCKET, key, objectsBucket: BUCKET, ...options }, from);
  /** Reads a manifest whole, and again from every position at which a page ends. */
  const read = async (name: string, options?: Options) => {
    const whole: { keys: string[]; next: ManifestPosition }[] = [];
    for await (const { candidates, next } of pages(name, options)) {
      whole.push({ keys: candidates.map(({ key }) => key), next });
    }
    for (const [index, { next }] of whole.entries()) {
      const rest: string[] = [];
      const carried = JSON.parse(JSON.stringify(next));
      for await (const { candidates } of pages(name, options, carried)) {
        rest.push(...candidates.map(({ key }) => key));
      }
      expect(rest).to.deep.equal(whole.slice(index + 1).flatMap(({ keys }) => keys));
    }
    return whole.flatMap(({ keys }) => keys);
  };
  const failure = (name: string, options?: Options) =>
    read(name, options).then(
      (keys) => `read ${keys}`,
      ({ name, message }) => `${name}: ${message}`,
    );
  return {
    get server() {
      return server;
    },
    put,
    pages,
    read,
    failure,
  };
}
