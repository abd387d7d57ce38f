/** Facts from the names of EC2 instance types: synth needs neither an account nor the network for them. */

export type Architecture = 'x86_64' | 'arm64';

/** Burstable families have two vCPUs at every size up to `large`, except these. */
const SINGLE_VCPU = new Set(['t1.micro', 't2.nano', 't2.micro', 't2.small']);

/**
 * vCPUs of an instance type by AWS's naming of sizes (https://aws.amazon.com/ec2/instance-types/), or undefined if
 * the name does not say (`metal`, unknown sizes): `slotsPerWorker` must then be configured.
 */
export function vCpusOf(instanceType: string): number | undefined {
  if (SINGLE_VCPU.has(instanceType)) return 1;
  const [family = '', size = ''] = instanceType.split('.');
  if (/^t\d/.test(family) && ['nano', 'micro', 'small', 'medium'].includes(size)) return 2;
  if (size === 'medium') return 1;
  if (size === 'large') return 2;
  const multiple = /^(\d*)xlarge$/.exec(size);
  return multiple ? 4 * Number(multiple[1] || 1) : undefined;
}

/** Graviton families carry a `g` behind their generation (`m7g`, `c6gn`, `t4g`), except for the first, `a1`. */
export function architectureOf(instanceType: string): Architecture {
  const family = instanceType.split('.')[0] ?? '';
  return family === 'a1' || /^[a-z]+\d+g/.test(family) ? 'arm64' : 'x86_64';
}
