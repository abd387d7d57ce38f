/** Calls a processor as a slot does, with an object that the test makes. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { buffer, json, text } from 'node:stream/consumers';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Output, Processor, ProcessorLog, SourceObject } from '../../../runtime/processor';

const silent: ProcessorLog = { info() {}, warn() {}, error() {} };

/** An object of 5 bytes. */
export function objectOf(
  body: Readable = Readable.from([Buffer.from('hel'), Buffer.from('lo')]),
  more: Partial<SourceObject> = {},
): SourceObject {
  return {
    bucket: 'bucket',
    key: 'data/a.txt',
    etag: 'e1',
    size: 5,
    contentType: 'text/plain',
    lastModified: new Date(0),
    metadata: {},
    attempt: 1,
    body,
    text: () => text(body),
    json: () => json(body),
    bytes: () => buffer(body),
    lines: () => createInterface({ input: body }),
    ...more,
  };
}

/** Throws the schema's error for parameters that do not match. Resolves with the only output. */
export async function process(
  { definition }: Processor,
  object: SourceObject,
  parameters: object = {},
): Promise<Output> {
  const context = {
    parameters: definition.parameters?.parse(parameters) ?? {},
    env: {},
    log: silent,
    folder: '',
    s3: {} as S3Client,
  };
  const state = await definition.setup?.(context);
  const signal = new AbortController().signal;
  const outputs = await definition.process(object, { ...context, state, signal, scratch: '' });
  return [outputs].flat()[0] as Output;
}

/** A content that breaks off. */
export function failing(): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from('hel');
      throw new Error('broken');
    })(),
  );
}
