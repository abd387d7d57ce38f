/** The context that a slot gives to a processor, made by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import type { Output, Processor, ProcessorLog, SourceObject } from '../../../runtime/processor';
import { objectOf } from '../../processors/support/process';

export interface LoggedLine {
  level: 'info' | 'warn' | 'error';
  message: string;
}

export interface Written {
  suffix: string;
  content: Buffer;
  preview?: string;
  contentType?: string;
  record?: unknown;
}

/** A slot in which one processor processes one object after the other. */
export class HandMadeSlot {
  readonly log: LoggedLine[] = [];
  /** The scratch folder of the objects: it is empty between two of them. */
  readonly scratch = mkdtempSync(join(tmpdir(), 'scratch-'));
  private state: Promise<unknown> | undefined;

  constructor(
    private readonly processor: Processor,
    private readonly options: { folder: string; parameters?: object; env?: NodeJS.ProcessEnv },
  ) {}

  setup(): Promise<unknown> {
    this.state ??= Promise.resolve(this.processor.definition.setup?.(this.context()));
    return this.state;
  }

  /** The value that `process` returns, its streams unread. */
  async begin(
    content: SourceObject['body'] | string | Uint8Array,
    given: Partial<SourceObject> = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Output[]> {
    const state = await this.setup();
    const body = content instanceof Readable ? content : Readable.from([Buffer.from(content)]);
    const object = objectOf(body, { etag: '0123', size: 3, ...given });
    const scratch = mkdtempSync(join(this.scratch, 'object-'));
    const made = await this.processor.definition.process(object, {
      ...this.context(),
      state,
      signal,
      scratch,
    });
    return [made ?? []].flat();
  }

  /** Processes one object and reads its outputs, as an upload would. */
  async process(...object: Parameters<HandMadeSlot['begin']>): Promise<Written[]> {
    const written: Written[] = [];
    for (const { body, suffix = '', ...rest } of await this.begin(...object))
      written.push({ suffix, content: await buffer(streamOf({ body })), ...rest });
    return written;
  }

  messages(): string[] {
    return this.log.map(({ message }) => message);
  }

  close(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }

  private context() {
    const write = (level: LoggedLine['level']) => (message: string) => this.log.push({ level, message });
    const log: ProcessorLog = { info: write('info'), warn: write('warn'), error: write('error') };
    const { folder } = this.options;
    const env = { ...process.env, ...this.options.env };
    const parameters = this.processor.definition.parameters?.parse(this.options.parameters ?? {}) ?? {};
    return { parameters, env, log, folder, s3: new S3Client({ region: 'us-east-1' }) };
  }
}

/** The body of an output. It must exist. */
export function streamOf(output: Pick<Output, 'body'> | undefined): Readable {
  const { body } = output as Output;
  if (body instanceof Readable) return body;
  const isContent = typeof body === 'string' || body instanceof Uint8Array;
  return Readable.from(isContent ? [Buffer.from(body)] : (body as AsyncIterable<Uint8Array>));
}
