/** How often a client that follows an execution sends requests: a pure function. */

const FIRST_SECONDS = 3;
const MAX_SECONDS = 15;

/**
 * Seconds to the next request. Without a `given` interval: 3 at first, then a tenth of the time that it has been followed, at most 15,
 * and 15 after throttling. Then ten clients stay within the token bucket of DescribeMapRun, which refills with 1 a second. Varied by a
 * quarter, so that they do not ask at the same moment. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export function secondsToNextLook(
  followedSeconds: number,
  { given, throttled = false }: { given?: number; throttled?: boolean } = {},
  random = Math.random(),
): number {
  const grown = throttled ? MAX_SECONDS : Math.max(FIRST_SECONDS, followedSeconds / 10);
  return (given ?? Math.min(grown, MAX_SECONDS)) * (0.75 + random / 2);
}
