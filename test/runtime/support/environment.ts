/** Sets variables of the environment, as Lambda or ECS do; it returns a function that restores them. */
export function setEnvironment(variables: NodeJS.ProcessEnv): () => void {
  const before = process.env;
  process.env = { ...before, ...variables };
  return () => {
    process.env = before;
  };
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
