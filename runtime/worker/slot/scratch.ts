/** A folder for files of one object, made when it is first asked for. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, log } from '../../log';

export class Scratch {
  private made?: string;

  /** `folder`: the slot's own, which the worker removes when the slot has ended. */
  constructor(private readonly folder: string) {}

  get path(): string {
    if (!this.made) {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      this.made = mkdtempSync(join(this.folder, 'object-'));
    }
    return this.made;
  }

  async remove(): Promise<void> {
    if (!this.made) return;
    await rm(this.made, { recursive: true, force: true, maxRetries: 2 }).catch((error) =>
      log.warn('A scratch folder could not be removed', { folder: this.made, ...describeError(error) }),
    );
  }
}
