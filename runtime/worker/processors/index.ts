/** The processors that a stack can choose from: to add one, write its file and name it here. */
import { checksum } from './checksum';
import { gzip } from './gzip';
import type { Processor } from './processor';
import { simulate } from './simulate';

export const processors = { checksum, gzip, simulate } satisfies Record<string, Processor>;

export type ProcessorName = keyof typeof processors;
