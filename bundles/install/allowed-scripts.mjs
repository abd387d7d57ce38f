/**
 * Prints the packages whose install scripts run, one a line: those that package.json allows, in npm's own field.
 * https://docs.npmjs.com/cli/v12/commands/npm-install-scripts
 */
import { readFileSync } from 'node:fs';

const { allowScripts = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
for (const [name, isAllowed] of Object.entries(allowScripts)) if (isAllowed === true) console.log(name);
