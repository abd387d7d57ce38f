/**
 * Keeps the values of secrets out of logs and errors. A processor may print one, or throw an error that holds one: a URL with a
 * password, say.
 */

export type Redact = (text: string) => string;

/** Shorter ones would be found in any text. */
const MIN_CHARACTERS = 6;

/**
 * Puts `[secret NAME]` in place of each value, as it is, as JSON, a URL or Base64 has it. Of a value of several lines each line counts,
 * of one that is JSON each string in it. `environment`: SECRET_VARIABLES names the variables that hold secrets.
 */
export function redactor(environment: NodeJS.ProcessEnv): Redact {
  const names = new Map<string, string>();
  for (const name of (environment.SECRET_VARIABLES ?? '').split(',').filter(Boolean)) {
    for (const part of partsOf(environment[name] ?? '')) {
      for (const form of formsOf(part)) if (!names.has(form)) names.set(form, name);
    }
  }
  if (names.size === 0) return (text) => text;
  const longestFirst = [...names.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(quoted).join('|'), 'g');
  return (text) => text.replace(pattern, (found) => `[secret ${names.get(found)}]`);
}

function partsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  return [value, value.trim(), ...lines, ...stringsIn(parse(value))].filter(
    ({ length }) => length >= MIN_CHARACTERS,
  );
}

function formsOf(part: string): string[] {
  const bytes = Buffer.from(part);
  return [
    part,
    JSON.stringify(part).slice(1, -1),
    encodeURIComponent(part),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
