/** Runs something with these variables in the environment, as Lambda or ECS sets them. */
export async function withEnvironment<Result>(
  variables: NodeJS.ProcessEnv,
  run: () => Promise<Result>,
): Promise<Result> {
  const before = process.env;
  process.env = { ...before, ...variables };
  try {
    return await run();
  } finally {
    process.env = before;
  }
}

/** What an SDK client needs to reach a local service. */
export function serviceEnvironment(
  endpoint: string,
  { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string },
): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}
