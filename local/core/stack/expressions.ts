/**
 * Terraform's expressions, as far as the stack has them: templates with references to attributes. Everything else (functions,
 * operators, directives) is an error that shows it. No library: those that there are parse HCL and leave the evaluation open.
 */
import { LocalCloudError } from '../errors';

export type Value = string | number | boolean | null | undefined | Value[] | { [name: string]: Value };

/** Gives the value of the object that a reference begins with (`aws_s3_bucket.data`, `data.aws_region.current`). */
export type Scope = (path: string[]) => { value: Value; used: number };

/** An escape, an expression or a directive. */
const PART = /\$\$\{|%%\{|\$\{([^{}]*)\}|[$%]\{/g;
const REFERENCE = /^[A-Za-z_][\w-]*(\.[\w-]+|\[\d+\]|\["[^".]+"\])+$/;

/** Evaluates a string of the document; one that is a single `${…}` keeps its value's type. */
export function evaluateTemplate(template: string, scope: Scope): Value {
  const whole = /^\$\{([^{}]*)\}$/.exec(template)?.[1];
  if (whole !== undefined) return lookUp(whole, scope);
  return template.replace(PART, (part, expression?: string) => {
    if (part.length === 3) return part.slice(1);
    if (expression === undefined) throw unknown(template);
    const value = lookUp(expression, scope);
    if (typeof value !== 'object') return String(value);
    throw new LocalCloudError(`The template ${template} needs text, not ${JSON.stringify(value)}.`);
  });
}

function lookUp(expression: string, scope: Scope): Value {
  if (!REFERENCE.test(expression)) throw unknown(`\${${expression}}`);
  const path = expression.replace(/\["?([^"\]]+)"?\]/g, '.$1').split('.');
  const { value, used } = scope(path);
  return path.slice(used).reduce<Value>((object, name) => {
    const found = Object.hasOwn(Object(object), name) ? (object as Record<string, Value>)[name] : undefined;
    if (found !== undefined) return found;
    throw new LocalCloudError(
      `The stack refers to ${expression}. The local cloud does not know its attribute ${name}.`,
    );
  }, value);
}

function unknown(expression: string): LocalCloudError {
  return new LocalCloudError(
    `The local cloud cannot evaluate ${expression} of the stack: it knows references only.`,
  );
}
