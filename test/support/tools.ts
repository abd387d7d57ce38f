/** What a test needs that may not be on the machine. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Full path of a command on PATH. */
export function commandOnPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/**
 * Names what of `tools` is missing on this machine, in one line, and tells whether the test must be skipped for it.
 */
export function isMissing(test: string, tools: Record<string, string | undefined>): boolean {
  const missing = Object.keys(tools).filter((tool) => !tools[tool]);
  if (missing.length > 0)
    process.stdout.write(`    ${test}: skipped, since ${missing.join(' and ')} is missing\n`);
  return missing.length > 0;
}

/** The AWS CLI: a client that nobody here wrote. */
export function isAwsCliMissing(test: string): boolean {
  return isMissing(test, { 'the AWS CLI': commandOnPath('aws') });
}

/** What npm says of its registry; undefined where it cannot be reached. */
export function npmRegistry(): string | undefined {
  try {
    // The answer counts, not what it says.
    return execFileSync('npm', ['view', 'unpdf', 'name', '--fetch-retries=1'], {
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 300_000,
    });
  } catch {
    return undefined;
  }
}

/** Debian's own Python, if it has a package of Debian's. */
export function debianPython(module: string): string | undefined {
  const { status } = spawnSync('/usr/bin/python3', ['-c', `import ${module}`], { stdio: 'ignore' });
  return status === 0 ? module : undefined;
}
