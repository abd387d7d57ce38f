/** The check of parameters before a run must not refuse parameters that the processor itself accepts. */
import { expect } from 'chai';
import { defineProcessor, z } from '../../../runtime/processor';

const checkOf = (parameter: z.ZodType) => {
  const { parametersSchema } = defineProcessor({ parameters: z.object({ p: parameter }), process: () => [] });
  const schema = z.fromJSONSchema(parametersSchema as z.core.JSONSchema.JSONSchema);
  return (p: unknown) => schema.safeParse({ p }).success;
};

const cases: [string, z.ZodType, { takes: unknown[]; refuses: unknown[] }][] = [
  [
    'a number within limits',
    z.number().int().min(1).max(9),
    { takes: [1, 9], refuses: [0, 10, 1.5, '1', null] },
  ],
  ['a coerced number', z.coerce.number().min(1), { takes: [1], refuses: [0] }],
  ['a default', z.number().default(3), { takes: [1, undefined], refuses: ['a'] }],
  ['a choice', z.enum(['a', 'b']), { takes: ['a'], refuses: ['c', 1, undefined] }],
  ['a list', z.array(z.number()).min(1).max(2), { takes: [[1]], refuses: [[], [1, 2, 3], ['a']] }],
  [
    'a nested object',
    z.strictObject({ a: z.number() }),
    { takes: [{ a: 1 }], refuses: [{}, { a: 1, b: 2 }] },
  ],
  ['a record', z.record(z.string(), z.number()), { takes: [{ a: 1 }], refuses: [{ a: 'b' }] }],
  ['a tuple', z.tuple([z.number(), z.string()]), { takes: [[1, 'a']], refuses: [[1], ['a', 1]] }],
  ['a nullable value', z.number().nullable(), { takes: [null, 1], refuses: ['a'] }],
  ['a union', z.union([z.int(), z.enum(['auto'])]), { takes: [1, 'auto'], refuses: [1.5, 'x'] }],
  ['a pattern', z.string().regex(/^a+$/), { takes: ['aa'], refuses: ['b'] }],
  ['a pattern with flags', z.string().regex(/^[a\p{L}]+$/iu), { takes: ['É', 'A'], refuses: [1] }],
  ['patterns with flags', z.string().regex(/^a/i).regex(/b$/i), { takes: ['AB'], refuses: [1] }],
  ['an emoji', z.emoji(), { takes: ['😀'], refuses: [1] }],
  ['a text that is trimmed first', z.string().trim().max(3), { takes: [' abc '], refuses: [1] }],
  [
    'patterns of a text that is trimmed first',
    z.string().trim().regex(/^a/).regex(/b$/),
    { takes: [' ab '], refuses: [1] },
  ],
  ['an address that is trimmed first', z.string().trim().email(), { takes: [' a@b.example '], refuses: [1] }],
  ['a text that gets longer first', z.string().normalize('NFD').min(2), { takes: ['é'], refuses: [1] }],
  [
    'a text of small letters',
    z
      .string()
      .toLowerCase()
      .regex(/^[a-z]+$/),
    { takes: ['ABC'], refuses: [1] },
  ],
  ['an address', z.email(), { takes: ['a@b.example'], refuses: ['a'] }],
  ['a moment', z.iso.datetime(), { takes: ['2026-01-01T00:00:00Z'], refuses: ['today'] }],
  ['a date', z.coerce.date(), { takes: ['2026-01-01'], refuses: [] }],
  ['what is converted first', z.preprocess(Number, z.number()), { takes: ['3'], refuses: [] }],
  ['what is replaced if it is wrong', z.number().catch(5), { takes: ['x', 5], refuses: [] }],
  ['what is refined', z.number().refine((value) => value === 3), { takes: [3], refuses: ['a'] }],
  ['what is transformed', z.string().transform(Number).pipe(z.number()), { takes: ['3'], refuses: [3] }],
];

describe('the JSON Schema of parameters', () => {
  for (const [what, parameter, { takes, refuses }] of cases) {
    it(`takes ${what}`, () => {
      const check = checkOf(parameter);
      for (const value of takes) {
        expect(parameter.safeParse(value).success, `the schema on ${JSON.stringify(value)}`).to.equal(true);
        expect(check(value), JSON.stringify(value)).to.equal(true);
      }
      for (const value of refuses) expect(check(value), JSON.stringify(value)).to.equal(false);
    });
  }

  it('describes a text only as it is before it changes, and only patterns without flags', () => {
    const texts = [
      z.string().regex(/^a/i).regex(/b$/i),
      z.string().regex(/^a/i),
      z.emoji(),
      z.string().trim().regex(/^a/).regex(/b$/),
      z.string().trim().regex(/^a/),
      z.string().trim().email(),
      z.string().trim().min(1).max(2),
    ];
    for (const text of texts) {
      const { parametersSchema } = defineProcessor({ parameters: z.object({ text }), process: () => [] });
      expect(parametersSchema).to.deep.include({ properties: { text: { type: 'string' } } });
    }
  });

  it('refuses a parameter that the processor does not have', () => {
    const { parametersSchema } = defineProcessor({ process: () => [] });
    expect(parametersSchema).to.deep.include({ type: 'object', properties: {}, additionalProperties: false });
  });
});
