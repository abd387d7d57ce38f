import { expect } from 'chai';
import { processorProblem } from '../../runtime/check-processor';
import type { Parameters, ProcessorDescriptions } from '../../runtime/contract';
import { defineProcessor, z } from '../../runtime/processor';

const describeOf = (parameters?: z.ZodObject) => ({
  version: '1',
  outputs: [''],
  parameters: defineProcessor({ parameters, process: () => [] }).parametersSchema,
});

const PROCESSORS: ProcessorDescriptions = {
  checksum: describeOf(),
  thumbnail: describeOf(
    z.object({
      quality: z.coerce.number().min(1).max(100).default(80),
      widths: z.array(z.int().positive()).min(1).default([256]),
      format: z.enum(['webp', 'avif']).optional(),
      fit: z.union([z.int(), z.literal('auto')]).optional(),
      text: z.union([z.string(), z.number()]).optional(),
      level: z.literal([1, 'auto']).optional(),
    }),
  ),
  strict: describeOf(z.object({ model: z.string().min(1) })),
  broken: { error: 'Error: no model (processors/broken/index.ts:3:7)' },
};

const problem = (name: string, parameters: Parameters = {}) => processorProblem(PROCESSORS, name, parameters);

describe('the check of a processor and its parameters', () => {
  it('finds nothing wrong if nothing is wrong', () => {
    expect(problem('checksum')).to.equal(undefined);
    expect(problem('thumbnail')).to.equal(undefined);
    const parameters = { quality: 100, widths: [1, 2], format: 'avif', fit: 'auto', text: 3 };
    expect(problem('thumbnail', parameters)).to.equal(undefined);
    expect(problem('strict', { model: 'm' })).to.equal(undefined);
  });

  const wrong: [string, string, Parameters, RegExp][] = [
    [
      'an unknown processor',
      'tumbnail',
      {},
      /^There is no processor tumbnail: there are checksum, thumbnail, strict, broken\.$/,
    ],
    ['a name of every object', 'constructor', {}, /^There is no processor constructor: /],
    [
      'one that does not load',
      'broken',
      {},
      /^The processor broken does not load: Error: no model \(processors\/broken\/index\.ts:3:7\)$/,
    ],
    [
      'a parameter of a processor without any',
      'checksum',
      { quality: 1 },
      /^The processor checksum has no parameter quality: it has none\.$/,
    ],
    [
      'unknown parameters',
      'thumbnail',
      { qality: 1, width: 2 },
      /^The processor thumbnail has no parameter qality, width: it has quality, widths, format, fit, text, level\.$/,
    ],
    [
      'an unknown parameter beside a known one',
      'thumbnail',
      { quality: 5, width: 2 },
      /^The processor thumbnail has no parameter width: /,
    ],
    [
      'a number beyond its limits',
      'thumbnail',
      { quality: 500 },
      /^The parameter quality of thumbnail is 500: Too big: expected number to be <=100\.$/,
    ],
    [
      'a text for a number',
      'thumbnail',
      { quality: 'best' },
      /^The parameter quality of thumbnail is "best": .*expected number/,
    ],
    [
      'an item of a list',
      'thumbnail',
      { widths: [1, 'x'] },
      /^The parameter widths\[1\] of thumbnail is "x": .*expected number/,
    ],
    ['an empty list', 'thumbnail', { widths: [] }, /^The parameter widths of thumbnail is \[\]: Too small/],
    [
      'a choice',
      'thumbnail',
      { format: 'png' },
      /^The parameter format of thumbnail is "png": .*"webp"\|"avif"\.$/,
    ],
    [
      'types of a union',
      'thumbnail',
      { text: true },
      /^The parameter text of thumbnail is true: Invalid input; it can be string or number\.$/,
    ],
    [
      'values of several types',
      'thumbnail',
      { level: true },
      /^The parameter level of thumbnail is true: Invalid input; it can be 1, "auto"\.$/,
    ],
    [
      'a union of more than types and values',
      'thumbnail',
      { fit: true },
      /^The parameter fit of thumbnail is true: Invalid input\.$/,
    ],
    [
      'a parameter that is missing',
      'strict',
      {},
      /^The parameter model of strict is missing: .*expected string/,
    ],
    ['a null', 'strict', { model: null }, /^The parameter model of strict is null: .*expected string/],
  ];
  for (const [what, name, parameters, message] of wrong) {
    it(`names ${what}`, () => {
      expect(problem(name, parameters)).to.match(message);
    });
  }

  it('counts the bytes of parameters as JSON, numbers with all their digits', () => {
    const free = Buffer.byteLength(JSON.stringify({ model: '' }));
    expect(problem('strict', { model: 'x'.repeat(4096 - free) })).to.equal(undefined);
    expect(problem('strict', { model: 'x'.repeat(4097 - free) })).to.equal(
      'The parameters take 4097 bytes as JSON: give at most 4096.',
    );
    expect(problem('thumbnail', { widths: Array(300).fill(0.1 + 0.2) })).to.match(/take 6012 bytes/);
  });

  it('shows 100 characters of a value, as JSON', () => {
    const shown = (length: number) =>
      /thumbnail is (.*): Invalid/.exec(problem('thumbnail', { format: 'x'.repeat(length) }) ?? '')?.[1];
    expect(shown(98)).to.equal(`"${'x'.repeat(98)}"`);
    expect(shown(3000)).to.equal(`"${'x'.repeat(99)}…`);
  });
});
