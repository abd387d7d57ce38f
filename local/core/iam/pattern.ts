const compiled = new Map<string, RegExp>();

/** Whether a pattern of a policy, in which `*` stands for any characters and `?` for one, fits a text. */
export function matches(pattern: string, text: string, flags = 's'): boolean {
  const key = `${flags}:${pattern}`;
  let expression = compiled.get(key);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    expression = new RegExp(`^${source}$`, flags);
    compiled.set(key, expression);
  }
  return expression.test(text);
}
