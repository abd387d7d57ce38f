import { expect } from 'chai';
import * as z from 'zod';
import { describeIssues } from '../../runtime/issues';

describe('the description of what is wrong with a document', () => {
  const schema = z.object({
    list: z.array(z.object({ key: z.string('give a text') })),
    n: z.number('give a number'),
  });
  const problem = (value: unknown) => describeIssues(schema.safeParse(value).error as z.ZodError);

  it('is one line, with the path of each field', () => {
    expect(problem({ list: [{ key: 'a' }, { key: 1 }] })).to.equal(
      'list.1.key: give a text; n: give a number',
    );
  });

  it('has no path if the document itself is wrong', () => {
    expect(problem(7)).to.match(/^Invalid input: expected object/);
  });
});
