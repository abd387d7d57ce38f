import { expect } from 'chai';
import { query } from '../../../../../local/core/gateway/protocols/query';
import type { ServiceError } from '../../../../../local/core/service';

/** A form does not depend on the rest of its request. */
const parse = (form: string) => query.parse({} as Parameters<typeof query.parse>[0], Buffer.from(form), {});
const codeOf = (form: string): string | undefined => {
  try {
    parse(form);
  } catch (error) {
    return (error as ServiceError).code;
  }
  return undefined;
};

describe('forms of the Query protocol', () => {
  it('have values and lists, whose members are in the order of their numbers', () => {
    const form = 'Action=A&Version=1&N.member.2=b&N.member.10=c+d&N.member.1=a%26&Name=%C3%BC';
    expect(parse(form)).to.deep.equal({ action: 'A', input: { N: ['a&', 'b', 'c d'], Name: 'ü' } });
  });

  it('have maps, whose entries have a value or its members', () => {
    const form =
      'Action=A&M.entry.2.Name=b&M.entry.2.Value.DataType=String&M.entry.2.Value.StringValue=x&M.entry.1.Name=a&M.entry.1.Value=1';
    const { input } = parse(form);
    expect(input).to.deep.equal({ M: { a: '1', b: { DataType: 'String', StringValue: 'x' } } });
  });

  it('may have the names of members that every object has', () => {
    const { input } = parse('Action=A&constructor.member.1=x&toString=y&__proto__=z');
    expect(Object.entries(input as object)).to.deep.include.members([
      ['constructor', ['x']],
      ['toString', 'y'],
      ['__proto__', 'z'],
    ]);
    expect(Object.getPrototypeOf(input)).to.equal(Object.prototype);
  });

  it('are refused if a parameter appears twice or is a structure, or if there are too many', () => {
    for (const form of [
      'A=1&A=2',
      'A=1&A.member.1=2',
      'A.member.1=1&A=2',
      'A.member.1=1&A.member.1=2',
      'A.member.1=1&A.member.01=2',
      'A.entry.1.Name=1&A.entry.1.Name=2',
      'A.entry.1.Name=1&A.member.1=2',
      'A=1&A.entry.1.Name=2',
    ]) {
      expect(codeOf(`Action=A&${form}`), form).to.equal('MalformedQueryString');
    }
    expect(codeOf('Action=A&Action=B')).to.equal('MalformedQueryString');
    expect(codeOf('Action=A&Tags.member.1.Key=k')).to.equal('NotImplemented');
    expect(codeOf('Action=A&Tags.entry.1.Other=k')).to.equal('NotImplemented');
    expect(codeOf('Action.member.1=A')).to.equal('MissingAction');
    const members = (count: number) =>
      Array.from({ length: count }, (_, index) => `N.member.${index + 1}=x`).join('&');
    expect(codeOf(`Action=A&${members(4_999)}`)).to.equal(undefined);
    expect(codeOf(`Action=A&${members(40_000)}`)).to.equal('MalformedQueryString');
  });
});
