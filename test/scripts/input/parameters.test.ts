import { expect } from 'chai';
import { defineProcessor, z } from '../../../runtime/processor';
import { parseParameters } from '../../../scripts/input/parameters';

const { parametersSchema } = defineProcessor({
  parameters: z.object({
    quality: z.coerce.number().max(100).default(80),
    widths: z.array(z.number()).default([256]),
    name: z.string(),
    format: z.enum(['webp', '1']),
    keep: z.boolean().optional(),
    label: z.string().nullable(),
    size: z.union([z.number(), z.literal('auto')]),
    id: z.union([z.string(), z.number()]),
    since: z.coerce.date(),
    nested: z.object({ a: z.number() }),
  }),
  process: () => [],
});
const processor = { version: '1', outputs: [''], parameters: parametersSchema };
const parse = (name: string, text: string) => parseParameters({ [name]: text }, processor)[name];

describe('--param NAME=VALUE', () => {
  const values: [string, string, string, unknown][] = [
    ['a number', 'quality', '70.5', 70.5],
    ['a number beyond its limits, which the check names', 'quality', '500', 500],
    ['a list', 'widths', '[256, 1024]', [256, 1024]],
    ['a text as it is', 'name', '007', '007'],
    ['a text of quotes', 'name', '"a"', '"a"'],
    ['an empty text', 'name', '', ''],
    ['a choice of texts', 'format', '1', '1'],
    ['a boolean', 'keep', 'true', true],
    ['a nullable text', 'label', 'a', 'a'],
    ['a nullable text that looks like a number', 'label', '5', '5'],
    ['null', 'label', 'null', null],
    ['a number or a word: a number', 'size', '3', 3],
    ['a number or a word: a word', 'size', 'auto', 'auto'],
    ['a text or a number', 'id', '12', 12],
    ['a text or a number, as a text', 'id', '12a', '12a'],
    ['a value of no known type', 'since', '2026-01-01', '2026-01-01'],
    ['an object', 'nested', '{"a": 1}', { a: 1 }],
    ['an unknown parameter as it is, for the check to name', 'qality', '70', '70'],
    ['a name of every object', 'constructor', 'a', 'a'],
  ];
  for (const [what, name, text, value] of values) {
    it(`takes ${what}`, () => {
      expect(parse(name, text)).to.deep.equal(value);
    });
  }

  it('names the parameter whose text is not JSON, its type, and an example', () => {
    expect(() => parse('widths', '256,1024')).to.throw(
      '--param widths takes a list, but "256,1024" is not JSON: give JSON, such as --param \'widths=[256]\'.',
    );
    expect(() => parse('quality', 'best')).to.throw(
      '--param quality takes a number, but "best" is not JSON: give JSON, such as --param quality=80.',
    );
    expect(() => parse('keep', 'yes')).to.throw(
      '--param keep takes true or false, but "yes" is not JSON: give JSON.',
    );
  });

  it('takes texts as they are if the processor is unknown, or does not load', () => {
    expect(parseParameters({ a: '1' })).to.deep.equal({ a: '1' });
    expect(parseParameters({ a: '1' }, { error: 'gone' })).to.deep.equal({ a: '1' });
  });
});
