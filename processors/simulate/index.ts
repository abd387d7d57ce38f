import { setTimeout as delay } from 'node:timers/promises';
import { defineProcessor, z } from '../../runtime/processor';
import { FAULTS, faultNames } from './faults';

/** The environment of the deployment has the defaults of the parameters: `--env SIMULATE_SECONDS=1`. */
const { SIMULATE_SECONDS, SIMULATE_FAULT, SIMULATE_FAULT_KEY, SIMULATE_FAULT_ATTEMPTS } = process.env;

export default defineProcessor({
  description: 'Takes time, then writes a line. It can also fail in the ways that a faulty processor does.',
  parameters: z.object({
    seconds: z.coerce
      .number()
      .min(0)
      .max(86_400)
      .prefault(SIMULATE_SECONDS ?? 5)
      .describe('Seconds that each object takes.'),
    fault: z
      .enum(['none', ...faultNames])
      .prefault((SIMULATE_FAULT ?? 'none') as 'none')
      .describe('The fault that objects meet.'),
    fault_key: z
      .string()
      .prefault(SIMULATE_FAULT_KEY ?? '')
      .describe('Only objects whose key contains this meet the fault.'),
    fault_attempts: z.coerce
      .number()
      .int()
      .min(1)
      .prefault(SIMULATE_FAULT_ATTEMPTS ?? 1000)
      .describe('Objects meet the fault up to this attempt.'),
  }),
  async process({ key, size, attempt }, { parameters: { seconds, fault, fault_key, fault_attempts } }) {
    if (fault !== 'none' && key.includes(fault_key) && attempt <= fault_attempts) await FAULTS[fault]();
    await delay(seconds * 1000);
    return { body: `Processed ${key} (${size} bytes)\n` };
  },
});
