/**
 * Names of values that no two accounts or runs share. In what is sent, a token stands for the value of this run; in what is
 * compared, it stands in the place of the value.
 *
 * Known from the run: `<role arn>`, `<region>`, `<account>`, `<bucket>`, the functions `<echo>`, `<hello>`, `<large>` and `<slow>`, and
 * what earlier calls made: `<machine>`, `<machine arn>`, `<execution>`, `<execution arn>`, `<activity>`, `<activity arn>`, `<task token>`,
 * `<map run arn>`, `<child arn>` (the first of a list). Known by form: `<uuid>`, `<time>`, `<request id>`, `<http metadata>`, `<log>`.
 */
import { isDeepStrictEqual } from 'node:util';

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const FORMS: [form: RegExp, token: string][] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}Z/g, '<time>'],
  [/Request ID: [\w-]+/g, 'Request ID: <request id>'],
  [new RegExp(UUID, 'g'), '<uuid>'],
];

export class Tokens {
  private readonly values = new Map<string, string>();

  constructor(known: Record<string, string>) {
    for (const [token, value] of Object.entries(known)) this.set(token, value);
  }

  set(token: string, value: unknown): void {
    if (typeof value === 'string') this.values.set(`<${token}>`, value);
  }

  get(token: string): string | undefined {
    return this.values.get(`<${token}>`);
  }

  /** Values to send. */
  filled<T>(value: T): T {
    return mapStrings(value, (text) =>
      text.replace(/<[^<>]+>/g, (token) => this.values.get(token) ?? token),
    ) as T;
  }

  /** Values to compare: with tokens, and with JSON as values. */
  tokenized(value: unknown): unknown {
    // The longest first: an ARN holds a name.
    const known = [...this.values].sort(([, a], [, b]) => b.length - a.length);
    return mapStrings(parsed(value), (text) => {
      let replaced = text;
      for (const [token, own] of known) replaced = replaced.replaceAll(whole(own), token);
      for (const [form, token] of FORMS) replaced = replaced.replace(form, token);
      return replaced;
    });
  }
}

/** Matches a value, but not as a part of a longer word. */
function whole(value: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![A-Za-z0-9])`, 'g');
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (value instanceof Date) return '<time>';
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(members.map(([key, item]) => [change(key), mapStrings(item, change)]));
}

/** Inputs and outputs are JSON in texts; values are compared without regard to the order of their members. */
function parsed(value: unknown): unknown {
  if (typeof value === 'string') {
    if (!/^[[{]/.test(value)) return value;
    try {
      return parsed(JSON.parse(value));
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return value.map(parsed);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, special(key, item) ?? parsed(item)]),
  );
}

/** Headers that Lambda's answers have in results of `lambda:invoke`. */
const HEADERS = ['Connection', 'Content-Type', 'Date', 'X-Amz-Executed-Version', 'x-amzn-RequestId'];

function special(key: string, value: unknown): string | undefined {
  if (key === 'LogResult' && typeof value === 'string') return '<log>';
  if (key !== 'SdkHttpMetadata') return undefined;
  const { AllHttpHeaders, HttpHeaders, HttpStatusCode } = value as Record<string, Record<string, string>>;
  const all = Object.fromEntries(Object.entries(HttpHeaders ?? {}).map(([name, text]) => [name, [text]]));
  const has = HEADERS.every((name) => HttpHeaders?.[name]);
  return has && isDeepStrictEqual(AllHttpHeaders, all) && Number(HttpStatusCode) === 200
    ? '<http metadata>'
    : undefined;
}
