/** A client of S3 that reaches no server: for answers that the local cloud's S3 does not give. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { HttpRequest } from '@smithy/core/protocols';

export interface GivenAnswer {
  statusCode: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** `config`: settings that a test changes. */
export function s3Answering(
  answer: (request: HttpRequest) => GivenAnswer,
  config: S3ClientConfig = {},
): S3Client {
  return new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: HttpRequest) => ({ response: { headers: {}, ...answer(request) } as never }),
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    },
    ...config,
  });
}
