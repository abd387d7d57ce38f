/**
 * What becomes of the children's outputs: the map's own output, or files in S3. Results go to temporary files as they
 * come and from there to S3 in one upload a file, so that they are never held in memory.
 * Layout and records: Developer Guide, "ResultWriter (Map)".
 */

import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdtempSync, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { MapState } from '../definition';
import { StatesError } from '../errors';
import type { Execution } from '../execution';
import { tooLarge } from '../interpreter';
import { type Json, type JsonObject, MAX_PAYLOAD_BYTES } from '../json';
import { redriveEligibility } from '../redrive';

type Transformation = 'NONE' | 'COMPACT' | 'FLATTEN';
type ResultStatus = 'SUCCEEDED' | 'FAILED' | 'PENDING';

/** Takes the result of each child, and in the end gives the map's output. */
export interface Results {
  /** Resolves once the result is taken, so that a slow disk slows the map rather than fill the memory. */
  add(child: Execution): Promise<void>;
  /** `pending`: children that were never started. Throws a StatesError. */
  finish(pending: Iterable<Execution>): Promise<Json>;
}

/** One result as JSON texts: several if FLATTEN takes an array apart. Failures are never transformed. */
function texts(child: Execution, transformation: Transformation): string[] {
  const { output } = child;
  if (transformation === 'NONE' || output === undefined) return [JSON.stringify(record(child))];
  if (transformation === 'COMPACT' || !output.startsWith('[')) return [output];
  return (JSON.parse(output) as Json[]).map((item) => JSON.stringify(item));
}

function record(child: Execution): object {
  const pending = child.status === 'PENDING';
  const included = { Included: true };
  const { redriveStatus, redriveStatusReason } = redriveEligibility(child);
  return {
    ...(child.cause === undefined ? {} : { Cause: child.cause }),
    ...(child.error === undefined ? {} : { Error: child.error }),
    ExecutionArn: child.executionArn,
    Input: child.inputText,
    InputDetails: included,
    Name: child.name,
    ...(child.output === undefined ? {} : { Output: child.output, OutputDetails: included }),
    ...(pending
      ? {}
      : {
          RedriveCount: child.redriveCount,
          RedriveStatus: redriveStatus,
          ...(redriveStatusReason ? { RedriveStatusReason: redriveStatusReason } : {}),
          StartDate: child.startDate.toISOString(),
        }),
    StateMachineArn: child.stateMachineArn,
    Status: child.status,
    ...(child.stopDate ? { StopDate: child.stopDate.toISOString() } : {}),
  };
}

function size(items: readonly string[]): number {
  return items.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
}

/** Results as the map's output, in the order of the items. */
export class OutputResults implements Results {
  private readonly results = new Map<number, string[]>();
  private bytes = 0;

  constructor(private readonly transformation: Transformation) {}

  async add(child: Execution): Promise<void> {
    const items = texts(child, this.transformation);
    // A redriven child replaces its earlier result.
    this.bytes += size(items) - size(this.results.get(child.index) ?? []);
    // What cannot be given as output any more need not be kept.
    if (this.bytes > MAX_PAYLOAD_BYTES) this.results.clear();
    else this.results.set(child.index, items);
  }

  async finish(): Promise<Json> {
    if (this.bytes > MAX_PAYLOAD_BYTES) throw tooLarge('The Map state returned a result');
    const ordered = [...this.results].sort(([a], [b]) => a - b);
    return ordered.flatMap(([, items]) => items.map((text) => JSON.parse(text)));
  }
}

interface ResultFile {
  Key: string;
  Size: number;
}

/** One result file on its way: a temporary file. */
class Spool {
  private readonly stream: WriteStream;
  private empty = true;
  /** The writes so far; each waits for the one before, and for room. */
  private written: Promise<unknown> = Promise.resolve();

  constructor(
    readonly path: string,
    private readonly json: boolean,
  ) {
    this.stream = createWriteStream(path);
  }

  write(text: string): Promise<unknown> {
    this.written = this.written.then(() => this.writeNext(text));
    return this.written;
  }

  private async writeNext(text: string): Promise<void> {
    const separator = this.json ? (this.empty ? '[' : ',') : '';
    this.empty = false;
    const taken = this.stream.write(`${separator}${text}${this.json ? '' : '\n'}`);
    if (!taken) await once(this.stream, 'drain');
  }

  /** Size in bytes. */
  async end(): Promise<number> {
    this.stream.end(this.json ? ']' : '');
    await finished(this.stream);
    return this.stream.bytesWritten;
  }
}

/** Results as files in S3, and their manifest. Written also where the map failed. */
export class WrittenResults implements Results {
  private folder?: string;
  private spools = new Map<ResultStatus, Spool>();
  private readonly transformation: Transformation;
  private readonly json: boolean;
  private succeeded: ResultFile[] = [];
  /** Counts the redrives: each writes files of its own. */
  private part = 0;

  constructor(
    private readonly mapRunArn: string,
    private readonly s3: S3Client,
    private readonly target: { Bucket: string; Prefix: string },
    config: NonNullable<MapState['ResultWriter']>['WriterConfig'],
  ) {
    this.transformation = config?.Transformation ?? 'NONE';
    this.json = config?.OutputType !== 'JSONL';
  }

  async add(child: Execution): Promise<void> {
    await this.spool(child.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED', child);
  }

  private async spool(status: ResultStatus, child: Execution): Promise<void> {
    let spool = this.spools.get(status);
    if (!spool) {
      this.folder ??= mkdtempSync(join(tmpdir(), `s3-batch-map-run-${process.pid}-`));
      spool = new Spool(join(this.folder, status), this.json);
      this.spools.set(status, spool);
    }
    for (const text of texts(child, this.transformation)) await spool.write(text);
  }

  async finish(pending: Iterable<Execution>): Promise<Json> {
    for (const child of pending) await this.spool('PENDING', child);
    const { Bucket, Prefix } = this.target;
    const folder = `${Prefix && !Prefix.endsWith('/') ? `${Prefix}/` : Prefix}${this.mapRunArn.split(':').at(-1)}`;
    try {
      const written = {
        FAILED: [] as ResultFile[],
        PENDING: [] as ResultFile[],
        SUCCEEDED: [] as ResultFile[],
      };
      for (const [status, spool] of this.spools) {
        const Key = `${folder}/${status}_${this.part}.${this.json ? 'json' : 'jsonl'}`;
        const Size = await spool.end();
        const upload = { Bucket, Key, Body: createReadStream(spool.path), ContentType: 'application/json' };
        await new Upload({ client: this.s3, params: upload, queueSize: 2 }).done();
        written[status].push({ Key, Size });
      }
      this.succeeded.push(...written.SUCCEEDED);
      const manifest = {
        DestinationBucket: Bucket,
        MapRunArn: this.mapRunArn,
        ResultFiles: { ...written, SUCCEEDED: this.succeeded },
      };
      const Key = `${folder}/manifest.json`;
      await this.s3.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body: JSON.stringify(manifest),
          ContentType: 'application/json',
        }),
      );
      return { MapRunArn: this.mapRunArn, ResultWriterDetails: { Bucket, Key } } satisfies JsonObject;
    } catch (error) {
      const { name, message } = error as Error;
      throw new StatesError(
        'States.ResultWriterFailed',
        `Failed to write the results to '${Bucket}': ${name}: ${message}`,
      );
    } finally {
      this.part += 1;
      this.spools.clear();
      if (this.folder) await rm(this.folder, { recursive: true, force: true });
      this.folder = undefined;
    }
  }
}
