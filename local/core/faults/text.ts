/** Faults as people write them: `throttle s3:GetObject 20% after 10s for 30s`. */
import { LocalCloudError } from '../errors';
import type { Fault, Frequency, Window } from './fault';

const NUMBER = '\\d+(?:\\.\\d+)?';
const RATE = `(?: (?<rate>${NUMBER})%)?`;
const EVERY = `every (?<everySeconds>${NUMBER})s`;
const FORMS = [
  `(?<effect>throttle|error|drop|lose) (?<api>[\\w*:-]+)${RATE}`,
  `(?<effect>delay) (?<api>[\\w*:-]+)${RATE} (?<seconds>${NUMBER})s`,
  `(?<effect>kill) (?<what>workers) ${EVERY}`,
  `(?<effect>interrupt) (?<what>instances) ${EVERY}`,
  `(?<effect>refuse) (?<what>instances|workers)${RATE}`,
].map(
  (form) => new RegExp(`^${form}(?: after (?<afterSeconds>${NUMBER})s)?(?: for (?<forSeconds>${NUMBER})s)?$`),
);

/** The forms of a fault, for messages and help. */
export const FAULT_FORMS =
  '"throttle|error|drop|lose <service:Operation> [20%]", "delay <service:Operation> [20%] 2s", "kill workers every 10s", "interrupt instances every 30s", "refuse instances|workers [50%]"; each may end in "[after 10s] [for 30s]"';

/** Throws a LocalCloudError that names the text and what is allowed. */
export function parseFault(text: string): Fault {
  const words = text.trim().split(/\s+/).join(' ');
  const groups = FORMS.map((form) => form.exec(words)?.groups).find((found) => found !== undefined);
  if (!groups) throw new LocalCloudError(`"${text}" is not a fault. Give one of ${FAULT_FORMS}.`);
  const given = Object.entries(groups).filter(([, value]) => value !== undefined);
  const fault = Object.fromEntries(
    given.map(([name, value]) => {
      if (name === 'rate') return [name, Number(value) / 100];
      return [name, name.endsWith('econds') ? Number(value) : value];
    }),
  );
  const { rate = 1, everySeconds = 1 } = fault;
  if (Number(rate) > 1) throw new LocalCloudError(`"${text}": give a rate of 0% to 100%.`);
  if (Number(everySeconds) < 0.1) throw new LocalCloudError(`"${text}": give 0.1s or more after "every".`);
  // The forms above are the type's own.
  return fault as unknown as Fault;
}

/** The fault as `parseFault` reads it. */
export function describeFault(fault: Fault): string {
  const words: string[] = [fault.effect, 'api' in fault ? fault.api : fault.what];
  const { rate = 1, afterSeconds, forSeconds } = fault as Frequency & Window;
  if (rate !== 1) words.push(`${Number((rate * 100).toPrecision(12))}%`);
  if ('seconds' in fault) words.push(`${fault.seconds}s`);
  if ('everySeconds' in fault) words.push(`every ${fault.everySeconds}s`);
  if (afterSeconds) words.push(`after ${afterSeconds}s`);
  if (forSeconds !== undefined) words.push(`for ${forSeconds}s`);
  return words.join(' ');
}
