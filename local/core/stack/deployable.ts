/** The part of a stack that may change while the local cloud runs. */
import { isDeepStrictEqual } from 'node:util';
import { LocalCloudError } from '../errors';
import type { Stack } from './stack';

/** Throws a LocalCloudError that names the first resource of these types that is different. */
export function assertDeployable(booted: Stack, next: Stack, fixed: readonly string[]): void {
  for (const type of fixed) {
    const [before, after] = [booted.resources(type), next.resources(type)];
    for (const { address } of [...before, ...after]) {
      const attributes = (stack: typeof before) => stack.find((one) => one.address === address)?.attributes;
      if (isDeepStrictEqual(attributes(before), attributes(after))) continue;
      throw new LocalCloudError(
        `The local cloud does not change ${address} while it runs: start it again with this stack.`,
      );
    }
  }
}
