/**
 * The part of a scope that an expression can see, since most see little of it: `$states.context.Map.Item.Value` needs
 * nothing of the execution's input. An expression reaches only what its text names, as there is no `$eval`.
 */

/** All of a value, or some of its members. */
type Part = 'all' | Map<string, Part>;

// The characters that end a name: white space and JSONata's operators.
const END = ' \\t\\n\\r\\v.[\\]{}(),@#;:?+\\-*/%|=<>^&!~';
const VARIABLE = new RegExp(`\\$([^${END}]*)((?:\\.[A-Za-z_]\\w*(?=[${END}]|$))*)`, 'g');

/** Texts whose parts are kept: a map evaluates the same text for each of its items. */
const MAX_KEPT = 100;
const kept = new Map<string, Part>();

/** Members of the scope, each cut down to what the text mentions. It may hold more than that, never less. */
export function mentioned(text: string, scope: Record<string, unknown>): Record<string, unknown> {
  let parts = kept.get(text);
  if (!parts) {
    parts = partsOf(text);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(text, parts);
  }
  return pick(scope, parts) as Record<string, unknown>;
}

function partsOf(text: string): Part {
  // A parent operator leads back to the object around a value; it looks like a remainder.
  const parents = text.includes('%');
  const parts: Part = new Map();
  for (const [, variable = '', path = ''] of text.matchAll(VARIABLE)) {
    add(parts, [variable, ...(parents ? [] : path.split('.').slice(1))]);
  }
  return parts;
}

/** In one pass: a text may hold a path of any length, in a string or a comment, too. */
function add(parts: Map<string, Part>, names: string[]): void {
  let parent = parts;
  for (const [index, name] of names.entries()) {
    const known = parent.get(name);
    if (known === 'all') return;
    if (index === names.length - 1) {
      parent.set(name, 'all');
      return;
    }
    const members = known ?? new Map<string, Part>();
    parent.set(name, members);
    parent = members;
  }
}

/** A path through an array leads into each of its elements, so an array is kept whole. */
function pick(value: unknown, part: Part): unknown {
  if (part === 'all' || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  // Without a prototype: a name may be `__proto__`.
  const picked: Record<string, unknown> = Object.create(null);
  for (const [name, rest] of part) {
    if (Object.hasOwn(value, name)) picked[name] = pick((value as Record<string, unknown>)[name], rest);
  }
  return picked;
}
