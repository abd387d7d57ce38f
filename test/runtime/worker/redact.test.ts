import { expect } from 'chai';
import { redactor } from '../../../runtime/worker/redact';

const redact = (secrets: Record<string, string>, text: string) =>
  redactor({ ...secrets, SECRET_VARIABLES: Object.keys(secrets).join(','), OTHER: 'in plain sight' })(text);

describe('the values of secrets in a text', () => {
  const KEY = 'a"b\\c+d/e f';
  const forms = {
    'as they are': KEY,
    'in JSON': JSON.stringify(KEY).slice(1, -1),
    'in a URL': encodeURIComponent(KEY),
    'in Base64': Buffer.from(KEY).toString('base64'),
    'in Base64 for URLs': Buffer.from(KEY).toString('base64url'),
  };
  for (const [how, form] of Object.entries(forms))
    it(`are replaced by their name, ${how}`, () => {
      expect(redact({ KEY }, `<${form}> and <${form}>`)).to.equal('<[secret KEY]> and <[secret KEY]>');
    });

  it('are replaced line by line, and string by string of JSON', () => {
    const PEM = '-----BEGIN\r\nMIIEpAIB\nAAKCAQEA\n';
    expect(redact({ PEM }, 'got MIIEpAIB')).to.equal('got [secret PEM]');
    expect(redact({ PEM }, `all: ${PEM}`)).to.equal('all: [secret PEM]');
    const DB = '{"user":"reader","password":"hunter2hunter2","port":5432,"more":[{"token":"abcdefgh"}]}';
    expect(redact({ DB }, 'hunter2hunter2 abcdefgh 5432')).to.equal('[secret DB] [secret DB] 5432');
  });

  it('are replaced whole if one contains another', () => {
    expect(redact({ A: 'secret-1', B: 'secret-12345' }, 'secret-12345 secret-1')).to.equal(
      '[secret B] [secret A]',
    );
  });

  it('are taken as they are, not as patterns', () => {
    expect(redact({ A: 'a.c$&(x)', B: '^.*$^.*$' }, 'abc a.c$&(x) ^.*$^.*$')).to.equal(
      'abc [secret A] [secret B]',
    );
  });

  it('are replaced if they have six characters or more, without the space around them', () => {
    expect(redact({ A: 'abcdef', B: ' ghijkl ', C: 'mn op ' }, 'abcdef,ghijkl,mn op')).to.equal(
      '[secret A],[secret B],mn op',
    );
    expect(redact({ LINES: 'first-1\n  second-2 ' }, '<second-2>')).to.equal('<[secret LINES]>');
    expect(redact({ SHORT: ' abc\ndef\n' }, '<abc\ndef>, abc')).to.equal('<[secret SHORT]>, abc');
  });

  it('have the name of the first variable if two have the same value', () => {
    expect(redact({ A: 'the same', B: 'the same' }, 'the same')).to.equal('[secret A]');
  });

  it('are none if no variable is named, or one that is not set', () => {
    expect(redactor({ OTHER: 'in plain sight' })('in plain sight')).to.equal('in plain sight');
    expect(redactor({ SECRET_VARIABLES: 'A,B', B: 'secret-1' })('secret-1 undefined')).to.equal(
      '[secret B] undefined',
    );
    expect(redactor({ SECRET_VARIABLES: '', '': 'nobody-names-it' })('nobody-names-it')).to.equal(
      'nobody-names-it',
    );
  });

  it('may be JSON of any shape', () => {
    expect(redact({ A: '[null, 1, true, "in-a-list"]' }, 'in-a-list null')).to.equal('[secret A] null');
  });

  it('are kept if they are too short to recognize, and those of other variables always', () => {
    expect(redact({ A: 'short', B: '' }, 'a short text in plain sight')).to.equal(
      'a short text in plain sight',
    );
  });
});
