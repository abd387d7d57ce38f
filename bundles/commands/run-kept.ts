/** Runs a command that is kept, in a process of its own. Argument: its path. A program (programs.ts). */
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { runBuilt } from './run-built';

const path = process.argv[1] ?? '';
const module = new Module(path);
module.filename = path;
runBuilt({ path, code: readFileSync(path, 'latin1') }, module);
