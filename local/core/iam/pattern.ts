/** Compiled patterns, by their flags. */
const compiled = { s: new Map<string, RegExp>(), is: new Map<string, RegExp>() };

/** Whether a pattern of a policy, in which `*` stands for any characters and `?` for one, fits a text. */
export function matches(pattern: string, text: string, flags: keyof typeof compiled = 's'): boolean {
  let expression = compiled[flags].get(pattern);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    expression = new RegExp(`^${source}$`, flags);
    compiled[flags].set(pattern, expression);
  }
  return expression.test(text);
}
