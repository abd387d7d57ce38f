/**
 * Filter patterns of CloudWatch Logs: terms (all must be in the message), `"quoted terms"`, `?optional` and `-excluded`
 * ones; or, in braces, comparisons of JSON fields.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { compileFieldFilter } from './field-filter';

export function compileFilter(pattern: string): (message: string) => boolean {
  if (/^\s*[{[%]/.test(pattern)) return compileFieldFilter(pattern);
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
