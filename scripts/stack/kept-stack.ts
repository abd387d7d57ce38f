/**
 * Synthesized stacks, kept in dist/stacks: the next command that needs the same one copies it, which takes a twentieth of the time
 * of a synthesis. A kept stack counts as long as nothing that it was made from has changed.
 */
import { createHash } from 'node:crypto';
import { constants, cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { DIST } from '../../bundles/dist';
import { removeOld, replaceFile } from '../../bundles/files';
import { digestOf, haveChangedSince } from '../../bundles/inputs';
import { ROOT } from '../../root';
import type { Config } from '../../stacks/settings/complete-config';
import { fileProblem } from '../cli/file-problem';

interface Entry {
  /** Paths, relative to the root. */
  inputs: string[];
  digest: string;
}

export class KeptStack {
  private readonly path: string;

  constructor(config: Config) {
    const { version, platform, arch } = process;
    const key = JSON.stringify([ROOT, version, platform, arch, config]);
    this.path = join(DIST, 'stacks', createHash('sha256').update(key).digest('hex').slice(0, 16));
  }

  /** False if there is none, or if it is out of date. */
  copyTo(folder: string): boolean {
    const entry = this.entry();
    if (!entry || digestOf(entry.inputs) !== entry.digest) return false;
    const kept = this.folderOf(entry);
    if (!existsSync(kept)) return false;
    removeOld(this.path, kept);
    copy(kept, folder);
    return true;
  }

  /**
   * `inputs`: what the stack in the folder was made from, since `startedAt` (milliseconds since the epoch). Keeps nothing if dist/
   * cannot be written.
   */
  keep(folder: string, inputs: string[], startedAt: number): void {
    const entry = { inputs, digest: digestOf(inputs) };
    if (haveChangedSince(startedAt, inputs)) return;
    const kept = this.folderOf(entry);
    try {
      if (!existsSync(kept)) copyInOneStep(folder, kept);
      replaceFile(this.path, JSON.stringify(entry satisfies Entry));
    } catch (error) {
      if (fileProblem(error)) return;
      throw error;
    }
    removeOld(this.path, kept);
  }

  private folderOf({ digest }: Entry): string {
    return `${this.path}-${digest.slice(0, 16)}`;
  }

  private entry(): Entry | undefined {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8'));
    } catch {
      return undefined;
    }
  }
}

/** What CDKTF writes. A deployment's folder has more beside it, which Terraform writes: providers, the plan, perhaps a state. */
const SYNTHESIZED = /^(manifest\.json|stacks(\/[^/]+(\/(cdk\.tf\.json|metadata\.json|assets(\/.*)?))?)?)?$/;

/** Several commands may do it at a time: all of them with the same files. */
function copyInOneStep(from: string, to: string): void {
  const temporary = `${to}.${process.pid}.tmp`;
  const isSynthesized = (path: string) => SYNTHESIZED.test(relative(from, path).split(sep).join('/'));
  try {
    copy(from, temporary, isSynthesized);
    renameSync(temporary, to);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}

/** Of so few files, a copy with promises takes three times as long. */
function copy(from: string, to: string, filter?: (path: string) => boolean): void {
  cpSync(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, filter });
}
