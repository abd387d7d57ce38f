/** What one call of a selection leaves for the next: objects beside the list. They expire with the manifests. */
import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { SelectionStatus } from '../contract';
import { PREFIXES } from '../prefixes';
import { hasStatus } from '../s3/has-status';
import type { KeySet } from './key-set';
import type { CarriedList } from './list-writer';
import type { Position } from './sources';

export interface State {
  /** Start of the execution: an old one of the same name left other states. */
  started_at: string;
  /** The answer of the call that left it. */
  status: SelectionStatus;
  list: CarriedList;
  /** Where the source goes on. Undefined once the selection is done. */
  position?: Position;
}

export class States {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    private readonly execution: string,
    private readonly startedAt: string,
  ) {}

  /** Before the call; undefined if no call of this execution left one. */
  async read(call: number): Promise<{ state: State; tail: string } | undefined> {
    const text = await (await this.get(`${call}.state`))?.transformToString();
    if (text === undefined) return undefined;
    // A line of JSON, and the lines that do not fill a part of the list.
    const end = text.indexOf('\n');
    const state: State = JSON.parse(text.slice(0, end));
    return state.started_at === this.startedAt ? { state, tail: text.slice(end + 1) } : undefined;
  }

  async write(call: number, state: Omit<State, 'started_at'>, tail: string): Promise<void> {
    const header: State = { started_at: this.startedAt, ...state };
    const Body = `${JSON.stringify(header)}\n${tail}`;
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: this.key(`${call}.state`), Body }));
  }

  async readKeys(call: number, keys: KeySet): Promise<void> {
    const content = await this.get(`${call}.keys`);
    if (!content) throw new Error(`${this.key(`${call}.keys`)} does not exist`);
    await keys.load(content as Readable);
  }

  async writeKeys(call: number, keys: KeySet): Promise<void> {
    const Body = Readable.from(keys.dump(), { objectMode: false });
    const params = { Bucket: this.bucket, Key: this.key(`${call}.keys`), Body };
    // Aborting an upload needs a right of its own. The bucket's lifecycle rule does it instead.
    await new Upload({ client: this.s3, params, queueSize: 1, leavePartsOnError: true }).done();
  }

  private async get(name: string) {
    try {
      const command = new GetObjectCommand({ Bucket: this.bucket, Key: this.key(name) });
      return (await this.s3.send(command)).Body;
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  private key(name: string): string {
    return `${PREFIXES.manifests}${this.execution}/${name}`;
  }
}
