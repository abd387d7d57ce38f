/** Where objects come from: a list, and a manifest whose download breaks off. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { mock } from 'node:test';
import timers from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { type Position, readSource, type Source } from '../../../../runtime/selector/sources';
import { failure } from '../../../support/failure';
import { s3Of } from '../../support/s3-of';

describe('a source of objects', () => {
  describe('that is a list', () => {
    const objects = Array.from({ length: 2500 }, (_, index) => ({ Key: `k${index}` }));
    const pages = (from?: Position) =>
      Readable.from(readSource({ of: () => expect.fail() }, { kind: 'objects', objects }, from)).toArray();

    it('is read a thousand at a time, from any page on', async () => {
      const all = await pages();
      expect(all.map(({ candidates }) => candidates.length)).to.deep.equal([1000, 1000, 500]);
      expect(all.flatMap(({ candidates }) => candidates)).to.deep.equal(
        objects.map(({ Key: key }) => ({ key })),
      );
      expect(await pages(all[0]?.next)).to.deep.equal(all.slice(1));
      expect(await pages(all[2]?.next)).to.deep.equal([]);
    });
  });

  describe('that is a manifest', () => {
    let server: Server;
    let client: S3Client;
    /** How many bytes each download brings before it breaks off, with a line once they are read; undefined: all. */
    let cuts: (number | undefined)[];
    let open: ServerResponse | undefined;
    let ranges: (string | undefined)[];
    let waited: unknown[];
    const manifest = Buffer.from('a\nb\nc\nd\n');
    const source: Source = { kind: 'manifest', bucket: 'b', key: 'keys.txt', objectsBucket: 'b' };
    beforeEach(async () => {
      ranges = [];
      waited = [];
      mock.method(timers, 'setTimeout', async (milliseconds: number) => waited.push(milliseconds));
      server = createServer(({ headers }, response) => {
        ranges.push(headers.range);
        const rest = manifest.subarray(Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0));
        response.writeHead(headers.range ? 206 : 200, { etag: '"e"', 'content-length': rest.length });
        const sent = rest.subarray(0, cuts.shift());
        if (sent.length === rest.length) response.end(rest);
        else if (!sent.includes('\n')) response.write(sent, () => response.destroy());
        else {
          response.write(sent);
          open = response;
        }
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
      client = new S3Client({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        credentials,
        maxAttempts: 1,
      });
    });
    afterEach(() => {
      mock.reset();
      client.destroy();
      server.closeAllConnections();
      server.close();
    });
    const keys = async (from?: Position) => {
      const found: string[] = [];
      for await (const { candidates } of readSource(s3Of(client), source, from)) {
        found.push(...candidates.map(({ key }) => key));
        open?.destroy();
      }
      return found;
    };

    it('goes on after the last whole line if its download breaks off', async () => {
      // The first download finds the format.
      cuts = [undefined, 3];
      expect(await keys()).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(ranges).to.deep.equal([undefined, undefined, 'bytes=2-']);
      expect(waited).to.deep.equal([200]);
    });

    it('is given up after five breaks without a line between them, each after a longer wait', async () => {
      cuts = [undefined, 1, 1, 1, 1, 1, 1];
      expect(await failure(keys())).to.include({ message: 'aborted' });
      expect(waited).to.deep.equal([200, 400, 800, 1600, 3200]);
      expect(ranges).to.have.length(7);
    });

    it('is not given up as long as lines come between the breaks', async () => {
      cuts = [undefined, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2];
      expect(await keys()).to.deep.equal(['a', 'b', 'c', 'd']);
      const waits = [200, 400, 800, 1600, 3200];
      expect(waited).to.deep.equal([...waits, ...waits, 200]);
    });

    it('is not requested again if its content is wrong', async () => {
      const wrong: Source = {
        kind: 'manifest',
        bucket: 'b',
        key: 'keys.txt',
        objectsBucket: 'b',
        format: 'jsonl',
      };
      cuts = [];
      const reading = readSource(s3Of(client), wrong).next();
      expect(await failure(reading)).to.include({ name: 'InvalidManifest' });
      expect(waited).to.deep.equal([]);
      expect(ranges).to.have.length(2);
    });
  });
});
