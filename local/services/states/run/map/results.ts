/**
 * The children's outputs: they become the map's own output, or files in S3. Results go to temporary files as they
 * come and from there to S3 in one upload a file, so that they are never held in memory.
 * Layout and records: Developer Guide, "ResultWriter (Map)".
 */
import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { makeTemporaryFolder } from '../../../../core/processes/temporary-folders';
import { StatesError, tooLarge } from '../../language/errors';
import { type Json, MAX_PAYLOAD_BYTES } from '../../language/json';
import type { MapState } from '../../language/schema';
import type { Execution } from '../execution';

type WriterConfig = NonNullable<NonNullable<MapState['ResultWriter']>['WriterConfig']>;

/** Takes the result of each child, and in the end gives the map's output. */
export interface Results {
  /** Whether a ResultWriter writes them. */
  readonly isExported: boolean;
  /** A promise if the disk is behind: it resolves once there is room for more, so that memory does not fill up. */
  add(child: Execution): Promise<unknown> | undefined;
  /** `pending`: children that were never started. Throws a StatesError. */
  finish(pending: Iterable<Execution>): Promise<Json>;
}

/** One result as JSON texts: several if FLATTEN takes an array apart. Failures are never transformed. */
function texts(child: Execution, transformation: WriterConfig['Transformation']): string[] {
  const { output } = child;
  if (transformation === 'NONE' || output === undefined) return [JSON.stringify(record(child))];
  if (transformation === 'COMPACT' || !output.startsWith('[')) return [output];
  return (JSON.parse(output) as Json[]).map((item) => JSON.stringify(item));
}

/** The JSON text leaves out undefined members. */
function record(child: Execution): object {
  const started = child.status !== 'PENDING';
  const { redriveStatus, redriveStatusReason } = child.redrivability;
  return {
    Cause: child.cause,
    Error: child.error,
    ExecutionArn: child.executionArn,
    Input: child.inputText,
    InputDetails: { Included: true },
    Name: child.name,
    Output: child.output,
    OutputDetails: child.output === undefined ? undefined : { Included: true },
    ...(started && {
      RedriveCount: child.redriveCount,
      RedriveStatus: redriveStatus,
      RedriveStatusReason: redriveStatusReason,
      StartDate: child.startDate,
    }),
    StateMachineArn: child.stateMachineArn,
    Status: child.status,
    StopDate: child.stopDate,
  };
}

function size(items: readonly string[] = []): number {
  return items.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
}

/** Results as the map's output, in the order of the items. */
export class OutputResults implements Results {
  readonly isExported = false;
  private readonly results = new Map<number, string[]>();
  private bytes = 0;

  constructor(
    private readonly state: string,
    private readonly transformation: WriterConfig['Transformation'] = 'COMPACT',
  ) {}

  add(child: Execution): undefined {
    const items = texts(child, this.transformation);
    // A redriven child replaces its earlier result.
    this.bytes += size(items) - size(this.results.get(child.index));
    // Beyond the limit these results cannot become the output, so they need no memory.
    if (this.bytes > MAX_PAYLOAD_BYTES) this.results.clear();
    else this.results.set(child.index, items);
  }

  async finish(): Promise<Json> {
    if (this.bytes > MAX_PAYLOAD_BYTES) throw tooLarge(this.state);
    const ordered = [...this.results].sort(([a], [b]) => a - b);
    return ordered.flatMap(([, items]) => items.map((text) => JSON.parse(text)));
  }
}

/** Bytes of results that may wait for the disk before they hold up the map. */
const WRITE_AHEAD_BYTES = 1_048_576;
/** Results that are written at once: one by one, they take as long as all else that a child needs. */
const WRITE_BYTES = 65_536;

/** One result file on its way: a temporary file. */
class Spool {
  private readonly stream: WriteStream;
  private room?: Promise<unknown>;
  private empty = true;
  private pending = '';

  constructor(
    readonly path: string,
    private readonly json: boolean,
  ) {
    this.stream = createWriteStream(path, { highWaterMark: WRITE_AHEAD_BYTES });
    // The next write, or the end, throws an error: nobody may be waiting when it happens.
    this.stream.on('error', () => undefined);
  }

  /** A promise if what is written has to wait for the disk. */
  write(lines: string[]): Promise<unknown> | undefined {
    if (this.stream.errored) throw this.stream.errored;
    for (const text of lines) {
      const before = this.json ? (this.empty ? '[' : ',') : '';
      this.empty = false;
      this.pending += `${before}${text}${this.json ? '' : '\n'}`;
    }
    if (this.pending.length >= WRITE_BYTES) this.flush();
    return this.room;
  }

  private flush(): void {
    const hasRoom = this.stream.write(this.pending);
    this.pending = '';
    if (hasRoom) return;
    this.room ??= once(this.stream, 'drain').finally(() => {
      this.room = undefined;
    });
  }

  /** Size in bytes. */
  async end(): Promise<number> {
    this.stream.end(`${this.pending}${this.json ? ']' : ''}`);
    await finished(this.stream);
    return this.stream.bytesWritten;
  }
}

type ResultFiles = Record<'FAILED' | 'PENDING' | 'SUCCEEDED', { Key: string; Size: number }[]>;

/** Results as files in S3, and their manifest. Written also if the map failed. */
export class WrittenResults implements Results {
  readonly isExported = true;
  private folder?: string;
  private spools = new Map<keyof ResultFiles, Spool>();
  private readonly transformation: WriterConfig['Transformation'];
  private readonly type: string;
  private succeeded: ResultFiles['SUCCEEDED'] = [];
  /** Counts the redrives: each writes files of its own. */
  private part = 0;

  constructor(
    private readonly mapRunArn: string,
    private readonly s3: S3Client,
    private readonly target: { Bucket: string; Prefix: string },
    { Transformation = 'NONE', OutputType = 'JSON' }: WriterConfig = {},
  ) {
    this.transformation = Transformation;
    this.type = OutputType.toLowerCase();
  }

  add(child: Execution): Promise<unknown> | undefined {
    return this.spool(child.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED', child);
  }

  private spool(status: keyof ResultFiles, child: Execution): Promise<unknown> | undefined {
    let spool = this.spools.get(status);
    if (!spool) {
      this.folder ??= makeTemporaryFolder('map-run');
      spool = new Spool(join(this.folder, status), this.type === 'json');
      this.spools.set(status, spool);
    }
    return spool.write(texts(child, this.transformation));
  }

  async finish(pending: Iterable<Execution>): Promise<Json> {
    const { Bucket, Prefix } = this.target;
    const id = this.mapRunArn.split(':').at(-1);
    const folder = Prefix === '' || Prefix.endsWith('/') ? `${Prefix}${id}` : `${Prefix}/${id}`;
    try {
      for (const child of pending) await this.spool('PENDING', child);
      const files: ResultFiles = { FAILED: [], PENDING: [], SUCCEEDED: this.succeeded };
      for (const [status, spool] of this.spools) {
        const Key = `${folder}/${status}_${this.part}.${this.type}`;
        const Size = await spool.end();
        const params = { Bucket, Key, Body: createReadStream(spool.path), ContentType: 'application/json' };
        await new Upload({ client: this.s3, params, queueSize: 2 }).done();
        files[status].push({ Key, Size });
      }
      const Key = `${folder}/manifest.json`;
      const { mapRunArn: MapRunArn } = this;
      const Body = JSON.stringify({ DestinationBucket: Bucket, MapRunArn, ResultFiles: files });
      await this.s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json' }));
      return { MapRunArn, ResultWriterDetails: { Bucket, Key } };
    } catch (error) {
      const { name, message } = error as Error;
      const why = `Failed to write the results to '${Bucket}': ${name}: ${message}`;
      throw new StatesError('States.ResultWriterFailed', why);
    } finally {
      this.part += 1;
      this.spools.clear();
      if (this.folder) await rm(this.folder, { recursive: true, force: true });
      this.folder = undefined;
    }
  }
}
