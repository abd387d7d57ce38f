/** Options for faults in a local cloud that a script boots. */
import { type Command, Option } from 'commander';
import type { Fault } from '../../local/core/faults';
import { parseFault } from '../../local/core/faults/text';
import { integer } from '../cli/parsers';

export interface FaultOptions {
  /** Default: none. */
  fault?: Fault[];
  /** Default: a random one. */
  faultSeed?: number;
}

/** How often each fault has hit, by its text. */
export interface InjectedFaults {
  seed: number;
  injected: Record<string, number>;
}

/** `where` begins the descriptions: when the options apply. */
export function addFaultOptions(command: Command, where = ''): Command {
  return command
    .addOption(
      new Option(
        '--fault <fault>',
        `${where}repeatable: cause a fault (docs/local-cloud.md lists all), example: --fault "throttle s3:GetObject 20%" --fault "kill workers every 10s"`,
      ).argParser((text: string, previous: Fault[] = []) => [...previous, parseFault(text)]),
    )
    .option(
      '--fault-seed <number>',
      `${where}repeat the random choices of the run that showed this seed, example: 7`,
      integer(0, 2 ** 31 - 1),
    );
}

/** `throttle s3:GetObject 20%: 12, kill workers every 10s: 2 (seed 7)` */
export function describeInjected({ seed, injected }: InjectedFaults): string {
  const counts = Object.entries(injected).map(([fault, count]) => `${fault}: ${count}`);
  return `${counts.join(', ')} (seed ${seed})`;
}
