/**
 * Terraform's expressions, as far as CDKTF emits them: templates with `${…}`, references, indexes, splats, literals,
 * lists, objects and the functions below. Anything else is an error that shows the expression.
 */
import { LocalCloudError } from '../errors';

export type Value = string | number | boolean | null | undefined | Value[] | { [name: string]: Value };

/** Gives the value of the object that a reference begins with (`aws_s3_bucket.data`, `data.aws_region.current`). */
export type Scope = (path: string[]) => { value: Value; used: number };

const text = (value: Value): string => {
  if (typeof value === 'object')
    throw new LocalCloudError(`A template needs text, not ${JSON.stringify(value)}.`);
  return String(value ?? '');
};
const list = (value: Value): Value[] => (Array.isArray(value) ? value : []);

const FUNCTIONS: Record<string, (...values: Value[]) => Value> = {
  base64encode: (value) => Buffer.from(text(value)).toString('base64'),
  concat: (...lists) => lists.flatMap(list),
  element: (values, index) => list(values)[Number(index) % list(values).length],
  join: (separator, ...values) => values.flat().map(text).join(text(separator)),
  jsondecode: (value) => JSON.parse(text(value)),
  jsonencode: (value) => JSON.stringify(value),
  length: (value) => (typeof value === 'string' ? value.length : Object.keys(value ?? {}).length),
  lower: (value) => text(value).toLowerCase(),
  merge: (...objects) => Object.assign({}, ...objects),
  replace: (value, search, replacement) => text(value).replaceAll(text(search), text(replacement)),
  split: (separator, value) => text(value).split(text(separator)),
  tolist: (value) => value,
  tonumber: (value) => Number(value),
  toset: (value) => [...new Set(list(value))],
  tostring: (value) => text(value),
};

/** Evaluates a string of the document; one that is a single `${…}` keeps its value's type. */
export function evaluateTemplate(template: string, scope: Scope): Value {
  if (!template.includes('${') && !template.includes('%{')) return template;
  return new Parser(template, scope).template();
}

class Parser {
  private at = 0;

  constructor(
    private readonly source: string,
    private readonly scope: Scope,
  ) {}

  /** Reads to the end of the source, or to an unescaped quote inside a quoted template. */
  template(quoted = false): Value {
    const parts: Value[] = [];
    let literal = '';
    const flush = () => {
      if (literal !== '') parts.push(literal);
      literal = '';
    };
    while (this.at < this.source.length && !(quoted && this.source[this.at] === '"')) {
      if (this.take('$${')) literal += '${';
      else if (this.take('%%{')) literal += '%{';
      else if (this.source.startsWith('%{', this.at)) throw this.unsupported();
      else if (this.take('${')) {
        flush();
        parts.push(this.expression());
        this.expect('}');
      } else if (quoted && this.source[this.at] === '\\') literal += this.escape();
      else literal += this.source[this.at++];
    }
    flush();
    return parts.length === 1 ? parts[0] : parts.map(text).join('');
  }

  private expression(): Value {
    this.skipSpace();
    if (this.take('"')) {
      const value = this.template(true);
      this.expect('"');
      return this.postfix(value);
    }
    if (this.take('(')) {
      const value = this.expression();
      this.expect(')');
      return this.postfix(value);
    }
    if (this.take('[')) return this.postfix(this.sequence(']'));
    if (this.take('{')) return this.object();
    const number = this.match(/-?\d+(\.\d+)?/y);
    if (number !== undefined) return Number(number);
    const name = this.match(/[A-Za-z_][\w-]*/y);
    if (name === undefined) throw this.unsupported();
    if (name === 'true' || name === 'false') return name === 'true';
    if (name === 'null') return null;
    if (this.take('(')) return this.postfix(this.call(name));
    return this.reference(name);
  }

  private call(name: string): Value {
    const values = this.sequence(')');
    const implementation = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!implementation) {
      throw new LocalCloudError(
        `The stack uses Terraform's function ${name}(), which the local cloud does not know.`,
      );
    }
    return implementation(...values);
  }

  private sequence(end: string): Value[] {
    const values: Value[] = [];
    while (!this.takeAfterSpace(end)) {
      values.push(this.expression());
      if (!this.takeAfterSpace(',')) {
        this.expect(end);
        break;
      }
    }
    return values;
  }

  private object(): Value {
    const object: Record<string, Value> = {};
    while (!this.takeAfterSpace('}')) {
      this.skipSpace();
      const key = this.match(/[A-Za-z_][\w-]*(?=\s*[=:])/y) ?? text(this.expression());
      if (!this.takeAfterSpace('=')) this.expect(':');
      object[key] = this.expression();
      if (!this.takeAfterSpace(',')) {
        this.expect('}');
        break;
      }
    }
    return this.postfix(object);
  }

  private reference(first: string): Value {
    const path = [first];
    for (
      let part = this.match(/\.[A-Za-z_][\w-]*/y);
      part !== undefined;
      part = this.match(/\.[A-Za-z_][\w-]*/y)
    ) {
      path.push(part.slice(1));
    }
    const { value, used } = this.scope(path);
    return this.postfix(
      path.slice(used).reduce<Value>((object, name) => this.member(object, name, path), value),
    );
  }

  private postfix(value: Value): Value {
    let current = value;
    for (;;) {
      if (this.take('[*]') || this.take('.*')) {
        const name = this.match(/\.[A-Za-z_][\w-]*/y)?.slice(1);
        current = list(current).map((item) => (name === undefined ? item : this.member(item, name, [name])));
      } else if (this.take('[')) {
        const index = this.expression();
        this.expect(']');
        current = this.member(current, text(index), [text(index)]);
      } else {
        const name = this.match(/\.[A-Za-z0-9_][\w-]*/y)?.slice(1);
        if (name === undefined) return current;
        current = this.member(current, name, [name]);
      }
    }
  }

  private member(object: Value, name: string, path: string[]): Value {
    const value =
      typeof object === 'object' && object !== null && Object.hasOwn(object, name)
        ? (object as Record<string, Value>)[name]
        : undefined;
    if (value === undefined) {
      throw new LocalCloudError(
        `The stack refers to ${path.join('.')}, of which the local cloud knows no ${name}.`,
      );
    }
    return value;
  }

  private escape(): string {
    const escaped = this.source[this.at + 1] ?? '';
    this.at += 2;
    return { n: '\n', r: '\r', t: '\t' }[escaped] ?? escaped;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private skipSpace(): void {
    this.match(/\s+/y);
  }

  private take(token: string): boolean {
    if (!this.source.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private takeAfterSpace(token: string): boolean {
    this.skipSpace();
    return this.take(token);
  }

  private expect(token: string): void {
    if (!this.takeAfterSpace(token)) throw this.unsupported();
  }

  private unsupported(): LocalCloudError {
    const around = this.source.slice(Math.max(0, this.at - 60), this.at + 60);
    return new LocalCloudError(
      `The stack has a Terraform expression that the local cloud cannot evaluate: …${around}…`,
    );
  }
}
