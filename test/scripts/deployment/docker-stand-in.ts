/** Replaces Docker on a machine without an engine: records its arguments, and does nothing. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export class DockerStandIn {
  private constructor(private readonly folder: string) {}

  static async create(folder: string): Promise<DockerStandIn> {
    await mkdir(folder);
    const log = join(folder, 'log');
    const program = join(folder, 'docker');
    await writeFile(
      program,
      `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log}'\ncat >>'${log}'\nprintf '\\n' >>'${log}'\n`,
    );
    await chmod(program, 0o755);
    return new DockerStandIn(folder);
  }

  /** The folder to put first on the PATH. */
  get environment(): Record<string, string> {
    return { PATH: `${this.folder}${delimiter}${process.env.PATH}` };
  }

  /** Arguments and standard input of each call, one a line. */
  async log(): Promise<string> {
    return readFile(join(this.folder, 'log'), 'utf8');
  }
}
