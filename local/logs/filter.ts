/**
 * Filter patterns of CloudWatch Logs: terms (all must be in the message), `"quoted terms"`, `?optional` and `-excluded`
 * ones. Patterns on JSON fields (`{ $.level = "error" }`) are refused.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { ServiceError } from '../service';

export function compileFilter(pattern: string): (message: string) => boolean {
  if (/^\s*[{[%]/.test(pattern)) {
    throw new ServiceError(
      'InvalidParameterException',
      'The local cloud does not implement filter patterns on fields: use terms, "quoted terms", ?optional and -excluded.',
    );
  }
  const terms = [...pattern.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(
    ([, sign, quoted, word]) => ({
      sign,
      text: quoted?.replace(/\\(.)/g, '$1') ?? word ?? '',
    }),
  );
  const optional = terms.filter(({ sign }) => sign === '?');
  return (message) =>
    terms.every(({ sign, text }) => sign === '?' || message.includes(text) === (sign !== '-')) &&
    (optional.length === 0 || optional.some(({ text }) => message.includes(text)));
}
