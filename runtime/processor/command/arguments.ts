/** The placeholders in a program's arguments. */

const NAMES = 'input|output|key|parameters\\.[\\w-]+';
/** Programs that run a script in their arguments, and the options that it follows: also `-ec` and the like. */
const SCRIPTS: [program: RegExp, option: RegExp][] = [
  [/^(?:.*\/)?(?:(?:a|ba|da|k|z)?sh|python[\d.]*)$/, /^-[a-zA-Z]*c$/],
  [/^(?:.*\/)?(?:node|perl|ruby)$/, /^(?:-[a-zA-Z]*[ep]|--eval|--print)$/],
];
/** Doubled braces stand for single ones. */
const PLACEHOLDERS = new RegExp(`\\{\\{(?<text>${NAMES})\\}\\}|\\{(?<name>${NAMES})\\}`, 'g');

export interface Values {
  input?: string;
  output?: string;
  key?: string;
  parameters: object;
}

export function uses(argv: readonly string[], name: 'input' | 'output'): boolean {
  return placeholders(argv).includes(name);
}

/** Throws an Error if these arguments cannot work, whatever the object. */
export function checkArguments(
  argv: readonly string[],
  { serve, parameters }: { serve: boolean; parameters: readonly string[] },
): void {
  const [program] = argv;
  if (!program) throw new Error("command: name a program: command(['python3', 'count.py'])");
  const [inProgram] = placeholders([program]);
  if (inProgram) throw new Error(`command: the program itself cannot be {${inProgram}}`);
  checkScript(argv);
  for (const name of placeholders(argv)) {
    const parameter = /^parameters\.(.*)/.exec(name)?.[1];
    if (parameter === undefined && serve)
      throw new Error(`command: with serve, {${name}} is a field of each request, not an argument`);
    if (parameter !== undefined && !parameters.includes(parameter))
      throw new Error(
        `command: {${name}} is not among the parameters: ${parameters.join(', ') || 'there are none'}`,
      );
  }
}

/** An interpreter would run the code that a key or a parameter holds. The paths of input and output hold none. */
function checkScript(argv: readonly string[]): void {
  const name = placeholders(scriptsIn(argv)).find((each) => each !== 'input' && each !== 'output');
  if (name !== undefined)
    throw new Error(
      `command: {${name}} within a script could be code that runs. Give it after the script, as its argument: ['bash', '-c', '… "$1"', 'bash', '{${name}}']`,
    );
}

function scriptsIn(argv: readonly string[]): string[] {
  return SCRIPTS.flatMap(([program, isOption]) => {
    const start = argv.findIndex((argument) => program.test(argument));
    const option = argv.findIndex(
      (argument, index) => start >= 0 && index > start && isOption.test(argument),
    );
    if (option < 0) return [];
    return argv.slice(option + 1).find((argument) => !argument.startsWith('-')) ?? [];
  });
}

export function fillIn(argv: readonly string[], values: Values): string[] {
  const value = (name: string) => {
    if (name === 'input' || name === 'output' || name === 'key') return values[name] ?? '';
    return asText((values.parameters as Record<string, unknown>)[name.slice('parameters.'.length)]);
  };
  return argv.map((argument) =>
    argument.replace(PLACEHOLDERS, (...match) => {
      const { text, name } = match.at(-1) as { text?: string; name: string };
      return text === undefined ? value(name) : `{${text}}`;
    }),
  );
}

function placeholders(argv: readonly string[]): string[] {
  return argv.flatMap((argument) =>
    [...argument.matchAll(PLACEHOLDERS)].flatMap(({ groups }) => groups?.name ?? []),
  );
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
