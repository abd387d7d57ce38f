/**
 * Prints the packages whose install scripts run, one a line: those that package.json of the folder in the argument allows, in npm's own
 * field. https://docs.npmjs.com/cli/v12/commands/npm-install-scripts
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { allowScripts = {} } = JSON.parse(readFileSync(join(process.argv[2], 'package.json'), 'utf8'));
for (const [name, isAllowed] of Object.entries(allowScripts)) if (isAllowed === true) console.log(name);
