/** Faults as people write them: `throttle s3:GetObject 20% after 10s for 30s`. */
import { LocalCloudError } from '../errors';
import type { Fault } from './fault';

const API = '(?<api>[\\w*:-]+)';
const NUMBER = '\\d+(?:\\.\\d+)?';
const RATE = `(?: (?<rate>${NUMBER})%)?`;
const WINDOW = `(?: after (?<afterSeconds>${NUMBER})s)?(?: for (?<forSeconds>${NUMBER})s)?`;
const FORMS = [
  `(?<effect>throttle|error|drop|lose) ${API}${RATE}${WINDOW}`,
  `(?<effect>delay) ${API}${RATE} (?<seconds>${NUMBER})s${WINDOW}`,
  `(?<effect>kill) (?<what>workers) every (?<everySeconds>${NUMBER})s${WINDOW}`,
  `(?<effect>interrupt) (?<what>instances) every (?<everySeconds>${NUMBER})s${WINDOW}`,
  `(?<effect>refuse) (?<what>instances|workers)${RATE}${WINDOW}`,
].map((form) => new RegExp(`^${form}$`));

/** The forms of a fault, for messages and help. */
export const FAULT_FORMS =
  '"throttle|error|drop|lose <service:Operation> [20%]", "delay <service:Operation> [20%] 2s", "kill workers every 10s", "interrupt instances every 30s", "refuse instances|workers [50%]"; each may end in "[after 10s] [for 30s]"';

/** Throws a LocalCloudError that names the text and what is allowed. */
export function parseFault(text: string): Fault {
  const words = text.trim().split(/\s+/).join(' ');
  const groups = FORMS.map((form) => form.exec(words)?.groups).find((found) => found !== undefined);
  if (!groups) throw new LocalCloudError(`"${text}" is no fault. Give one of ${FAULT_FORMS}.`);
  const fault: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(groups)) {
    if (value === undefined) continue;
    const isText = name === 'effect' || name === 'api' || name === 'what';
    fault[name] = isText ? value : Number(value) / (name === 'rate' ? 100 : 1);
  }
  const { rate = 1, everySeconds = 1 } = fault;
  if (Number(rate) > 1) throw new LocalCloudError(`"${text}": give a rate of 0% to 100%.`);
  if (Number(everySeconds) < 0.1) throw new LocalCloudError(`"${text}": give 0.1s or more after "every".`);
  // The forms above are the type's own.
  return fault as unknown as Fault;
}
