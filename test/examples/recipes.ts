/** docs/recipes.md, as the tests read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../root';

export interface Recipe {
  title: string;
  /** Lines of its blocks `sh`, which a reader types one after the other. */
  lines: string[];
  /** The example that it copies. */
  example?: string;
}

const PAGE = readFileSync(join(ROOT, 'docs', 'recipes.md'), 'utf8');

/** The recipes that have lines to type. */
export function readRecipes(): Recipe[] {
  return PAGE.split(/^## /m)
    .slice(1)
    .map((section) => ({
      title: section.slice(0, section.indexOf('\n')),
      lines: blocks(section, 'sh').flatMap((block) => block.trim().split('\n')),
      example: / --from (\S+)/.exec(section)?.[1],
    }))
    .filter(({ lines }) => lines.length > 0);
}

/** The files that it shows whole, by the path in their first line. */
export function readFiles(): Record<string, string> {
  return Object.fromEntries(
    blocks(PAGE, 'ts').map((block) => {
      const [, path = ''] = /^\/\/ (\S+)\n/.exec(block) ?? [];
      return [path, block];
    }),
  );
}

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , block = '']) => block);
}
