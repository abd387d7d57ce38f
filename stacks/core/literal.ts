/**
 * Text that Terraform takes as it stands: what people write may look like its templates.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1
 */
export function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, '$&$&');
}
