import { readExample } from '../../scripts/new-processor/example';
import { commandOnPath, debianPython } from '../support/tools';

/** The path on this machine of a file from a Debian package. */
const DEBIAN: Record<string, () => string | undefined> = {
  ffmpeg: () => commandOnPath('ffmpeg'),
  'python3-openpyxl': () => debianPython('openpyxl'),
};

/** The tools that an example needs beside Node.js and npm, in the form for `isMissing`. */
export function neededBy(name: string): Record<string, string | undefined> {
  const { apt, requirements } = readExample(name);
  const python = requirements.length > 0 ? { python3: commandOnPath('python3') } : {};
  return { ...python, ...Object.fromEntries(apt.map((each) => [`Debian's ${each}`, DEBIAN[each]?.()])) };
}
