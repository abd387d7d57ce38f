import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { LocalCloudError } from '../../../../local/core/errors';
import { describeFault, type Fault, parseFault } from '../../../../local/core/faults';

describe('the text of a fault', () => {
  for (const [text, fault] of Object.entries<Fault>({
    'throttle s3:GetObject 20%': { effect: 'throttle', api: 's3:GetObject', rate: 0.2 },
    'delay s3:PutObject 10% 2s': { effect: 'delay', api: 's3:PutObject', rate: 0.1, seconds: 2 },
    'delay s3:* 0.5s': { effect: 'delay', api: 's3:*', seconds: 0.5 },
    'error states:SendTaskSuccess 5%': { effect: 'error', api: 'states:SendTaskSuccess', rate: 0.05 },
    'drop * 100% after 10s for 30s': {
      effect: 'drop',
      api: '*',
      rate: 1,
      afterSeconds: 10,
      forSeconds: 30,
    },
    'lose states:GetActivityTask 1%': { effect: 'lose', api: 'states:GetActivityTask', rate: 0.01 },
    'kill workers every 10s': { effect: 'kill', what: 'workers', everySeconds: 10 },
    'interrupt instances every 30s for 60s': {
      effect: 'interrupt',
      what: 'instances',
      everySeconds: 30,
      forSeconds: 60,
    },
    'refuse instances 50%': { effect: 'refuse', what: 'instances', rate: 0.5 },
    '  refuse   workers 10% ': { effect: 'refuse', what: 'workers', rate: 0.1 },
  })) {
    it(`reads "${text}"`, () => expect(parseFault(text)).to.deep.equal(fault));
  }

  for (const text of [
    '',
    'throttle',
    'throttle 20%',
    'throttle s3:GetObject 20',
    'throttle s3:GetObject 120%',
    'throttle s3:GetObject 20% 2s',
    'delay s3:GetObject 20%',
    'drop * for 30s after 10s',
    'kill instances every 10s',
    'kill workers every 0s',
    'kill workers',
    'refuse tasks',
    'Throttle s3:GetObject 20%',
  ]) {
    it(`refuses "${text}" in one line that names it and what is allowed`, () => {
      expect(() => parseFault(text))
        .to.throw(LocalCloudError)
        .with.property('message')
        .that.matches(/Give one of "throttle|give /)
        .and.contains(`"${text}"`)
        .and.not.contains('\n');
    });
  }

  it('is that of the documentation, in every form', () => {
    const docs = readFileSync(join(__dirname, '../../../../docs/local-cloud.md'), 'utf8');
    const forms = docs
      .slice(docs.indexOf('\n## Faults'))
      .split('\n')
      .map((line) => /^\| `([^`]+)` \|/.exec(line)?.[1])
      .filter((form) => form !== undefined);
    expect(new Set(forms.map((form) => parseFault(form).effect)).size).to.equal(8);
  });

  it('is the description of a fault', () => {
    const seconds = fc.integer({ min: 1, max: 100_000 }).map((tenths) => tenths / 10);
    const window = { afterSeconds: fc.option(seconds, { nil: 0 }), forSeconds: seconds };
    const rate = fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1000);
    const api = fc.constantFrom('*', 's3:*', 'states:SendTaskSuccess');
    const fault = fc.oneof(
      fc.record({ effect: fc.constantFrom('throttle', 'error', 'drop', 'lose'), api, rate, ...window }),
      fc.record({ effect: fc.constant('delay'), api, rate, seconds, ...window }),
      fc.record({
        effect: fc.constant('kill'),
        what: fc.constant('workers'),
        everySeconds: seconds,
        ...window,
      }),
      fc.record({
        effect: fc.constant('refuse'),
        what: fc.constantFrom('instances', 'workers'),
        rate,
        ...window,
      }),
    ) as fc.Arbitrary<Fault>;
    fc.assert(
      fc.property(fault, (one) => {
        const text = describeFault(one);
        expect(describeFault(parseFault(text))).to.equal(text);
      }),
    );
  });
});
