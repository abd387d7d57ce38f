import { visit } from 'jsonc-parser';

/**
 * Where and why a text is not JSON: `line 2, column 5: …`. `JSON.parse` names the place in some of its messages only, so jsonc-parser,
 * which VS Code reads JSON with, looks again.
 */
export function describeJsonProblem(text: string, { message }: Error): string {
  let place = '';
  const onError = (_code: number, _offset: number, _length: number, line: number, character: number) => {
    // The first one counts: the parser goes on after it.
    place ||= `line ${line + 1}, column ${character + 1}: `;
  };
  visit(text, { onError }, { disallowComments: true, allowTrailingComma: false });
  // The message may quote a line end.
  return `${place}${message.replace(/\s+/g, ' ')}`;
}
