import type { Attributes } from '../../core/stack/stack';

/**
 * The text that a target gets: the event, the constant that the target has, or its input transformer's.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function targetInput({ input, input_transformer }: Attributes, envelope: unknown): string {
  const transformer = [input_transformer].flat()[0];
  if (!transformer) return input ?? JSON.stringify(envelope);
  const template: string = transformer.input_template;
  return template.replace(/<([\w.-]+)>/g, (_, name: string, at: number) => {
    const path: string[] = transformer.input_paths?.[name]?.split('.').slice(1) ?? [];
    const value =
      path.reduce<unknown>((inner, member) => (inner as Attributes | undefined)?.[member], envelope) ?? '';
    // Inside of a string of the template, the value is text of that string; elsewhere it is JSON.
    const quotes = template.slice(0, at).match(/(?<!\\)"/g)?.length ?? 0;
    if (quotes % 2 === 0) return JSON.stringify(value);
    return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1);
  });
}
