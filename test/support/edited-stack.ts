/** A synthesized stack with a change, as Terraform's JSON: the result of an edit of the infrastructure. */
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// biome-ignore lint/suspicious/noExplicitAny: documents have as many shapes as the provider has resources.
export type Document = any;

/** Returns the folder of the changed stack, which is beside the folder of the original. */
export function editStack(stackFolder: string, edit: (document: Document) => void): string {
  const document: Document = JSON.parse(readFileSync(join(stackFolder, 'cdk.tf.json'), 'utf8'));
  edit(document);
  const folder = mkdtempSync(`${stackFolder}-`);
  symlinkSync(join(stackFolder, 'assets'), join(folder, 'assets'));
  writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(document));
  return folder;
}

/** Changes a document that an argument holds as JSON text. */
export function editJson(argumentsOf: Document, name: string, edit: (document: Document) => void): void {
  const document: Document = JSON.parse(argumentsOf[name]);
  edit(document);
  argumentsOf[name] = JSON.stringify(document);
}
