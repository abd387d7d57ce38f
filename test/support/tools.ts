/** Tools that a test needs and the machine may lack. */
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
 * Says in one line which of `tools` this machine lacks. Returns whether the test must be skipped for that.
 */
export function isMissing(test: string, tools: Record<string, string | undefined>): boolean {
  const missing = Object.keys(tools).filter((tool) => !tools[tool]);
  if (missing.length > 0)
    process.stdout.write(`    ${test}: skipped, since ${missing.join(' and ')} is missing\n`);
  return missing.length > 0;
}

/** The AWS CLI: a client that is not this project's. */
export function isAwsCliMissing(test: string): boolean {
  return isMissing(test, { 'the AWS CLI': commandOnPath('aws') });
}

/** The URL of npm's registry; undefined if it cannot be reached. */
export function npmRegistry(): string | undefined {
  try {
    // Any answer counts, also an error.
    return execFileSync('npm', ['view', 'unpdf', 'name', '--fetch-retries=1'], {
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 300_000,
    });
  } catch {
    return undefined;
  }
}

/** Debian's own Python, if this package of Debian is installed. */
export function debianPython(module: string): string | undefined {
  const { status } = spawnSync('/usr/bin/python3', ['-c', `import ${module}`], { stdio: 'ignore' });
  return status === 0 ? module : undefined;
}
