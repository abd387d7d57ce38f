import { expect } from 'chai';
import { architectureOf, vCpusOf } from '../../../stacks/settings/instance-types';

/** https://aws.amazon.com/ec2/instance-types/ */
const TYPES: [string, number | undefined, 'x86_64' | 'arm64'][] = [
  ['m6i.large', 2, 'x86_64'],
  ['m6g.large', 2, 'arm64'],
  ['c7gn.medium', 1, 'arm64'],
  ['c6gd.xlarge', 4, 'arm64'],
  ['a1.2xlarge', 8, 'arm64'],
  ['g4dn.xlarge', 4, 'x86_64'],
  ['m5.24xlarge', 96, 'x86_64'],
  ['r7i.48xlarge', 192, 'x86_64'],
  ['t1.micro', 1, 'x86_64'],
  ['t2.nano', 1, 'x86_64'],
  ['t2.micro', 1, 'x86_64'],
  ['t2.small', 1, 'x86_64'],
  ['t2.medium', 2, 'x86_64'],
  ['t3.nano', 2, 'x86_64'],
  ['t3.micro', 2, 'x86_64'],
  ['t3.small', 2, 'x86_64'],
  ['t4g.medium', 2, 'arm64'],
  ['t3.large', 2, 'x86_64'],
  ['m1.medium', 1, 'x86_64'],
  ['m1.small', undefined, 'x86_64'],
  ['m5.metal', undefined, 'x86_64'],
  ['x', undefined, 'x86_64'],
];

describe('instance types', () => {
  for (const [type, vCpus, architecture] of TYPES) {
    it(`${type} has ${vCpus ?? 'an unknown number of'} vCPUs and is ${architecture}`, () => {
      expect(vCpusOf(type)).to.equal(vCpus);
      expect(architectureOf(type)).to.equal(architecture);
    });
  }
});
