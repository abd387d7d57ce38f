import type { Arguments } from '../synthesize';

/**
 * The input of a target's function for the `detail` of an event:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function transform(target: Arguments, detail: Record<string, unknown>): unknown {
  const { input_paths, input_template } = target.input_transformer;
  let text: string = input_template;
  for (const [variable, path] of Object.entries<string>(input_paths))
    text = text.replace(`<${variable}>`, String(detail[path.replace('$.detail.', '')] ?? ''));
  return JSON.parse(text);
}
