/**
 * Synthesizes without the stack traces that CDKTF takes of every token, some thousand, and formats at once. Only its own messages about
 * tokens would show them, and they take a third of a synthesis. Errors keep theirs. CDKTF has no setting for it: `stackTraces` is about
 * constructs (https://github.com/hashicorp/terraform-cdk/blob/main/packages/cdktf/lib/tokens/private/stack-trace.ts).
 */
export function withoutTokenTraces<Result>(synthesize: () => Result): Result {
  const { prepareStackTrace } = Error;
  const format = prepareStackTrace ?? ((error, frames) => [error, ...frames].join('\n    at '));
  Error.prepareStackTrace = (error, frames) => (error instanceof Error ? format(error, frames) : '');
  try {
    return synthesize();
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}
