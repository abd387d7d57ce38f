/**
 * Bodies that an operation almost accepts: each is a valid one with one change. The lists are complete, so that each change is made to each
 * member; the arbitraries draw from them, and break bytes at random, by fast-check's seed.
 */
import fc from 'fast-check';

export interface OddBody {
  /** The change, for the message of a failed test. */
  what: string;
  body: Buffer;
}

const odd = (what: string, body: string | Buffer): OddBody => ({ what, body: Buffer.from(body) });
const LONG = 'x'.repeat(100_000);
const nested = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);
/** A byte that is invalid UTF-8 in every position. */
const NO_UTF8 = Buffer.from([0xff, 0xfe, 0xc3, 0x28]);

/** Values as JSON text, since JSON.stringify cannot write some of them (1e999). */
const ODD_JSON_VALUES: readonly string[] = [
  ...['null', 'true', '0', '-1', '1.5', '-0', '1e999', '9007199254740993', '123456789012345678901234567890'],
  ...['""', '" "', '"NaN"', '"Infinity"', '"1e3"', '"0x10"', '"%"', '"../.."', '"a/b:c"', '"\\u0000"'],
  ...['"\\ud800"', '"\\u202e"', '"__proto__"', '"constructor"', `"${LONG}"`],
  ...['[]', '[null]', '[[]]', '[{}]', '["a",1]', `[${'0,'.repeat(5_000)}0]`, nested('[', ']', 900)],
  ...['{}', '{"a":1}', '{"__proto__":{"a":1}}', '{"toString":1,"valueOf":1}', '{"length":-1}'],
];

/** Bodies as JSON, by the names of members; `undefined` leaves a member out. */
const write = (members: [name: string, json: string | undefined][]) =>
  `{${members.flatMap(([name, json]) => (json === undefined ? [] : `${JSON.stringify(name)}:${json}`)).join()}}`;

/** @param names of members that the valid body may lack */
export function oddJson(valid: Record<string, unknown>, names: string[] = Object.keys(valid)): OddBody[] {
  const members = Object.entries(valid).map(([name, value]): [string, string] => [
    name,
    JSON.stringify(value),
  ]);
  const withMember = (name: string, json: string | undefined) =>
    write([...members.filter(([other]) => other !== name), [name, json]]);
  const whole = write(members);
  return [
    ...names.flatMap((name) => [
      ...ODD_JSON_VALUES.map((json) => odd(`${name} = ${json.slice(0, 30)}`, withMember(name, json))),
      odd(`without ${name}`, withMember(name, undefined)),
      odd(`${name} twice`, write([...members, [name, '{}']])),
      odd(`${name} in another case`, write([[name.toUpperCase(), '"x"']])),
    ]),
    ...['', ' ', 'null', 'true', '1', '"text"', '[]', '[{}]', '{', '{}', '{"a":}', "{'a':1}", '\0'].map(
      (text) => odd(`the body ${text}`, text),
    ),
    odd('half a body', whole.slice(0, whole.length / 2)),
    odd('more than a body', `${whole}${whole}`),
    odd('a byte order mark', `\ufeff${whole}`),
    odd('UTF-16', Buffer.from(whole, 'utf16le')),
    odd('no UTF-8', Buffer.concat([Buffer.from('{"name":"'), NO_UTF8, Buffer.from('"}')])),
    odd('__proto__', `{"__proto__":${whole}}`),
    odd('members of prototypes', '{"constructor":{"prototype":{}},"toString":1,"hasOwnProperty":null}'),
    odd('100,000 open lists', '['.repeat(100_000)),
    odd('50,000 lists in each other', write([...members, ['x', nested('[', ']', 50_000)]])),
    odd('20,000 structures in each other', write([...members, ['x', `${nested('{"x":', '', 20_000)}`]])),
    odd('10,000 members', write(Array.from({ length: 10_000 }, (_, index) => [`member${index}`, '0']))),
  ];
}

const ODD_TEXTS = [
  '',
  ' ',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  'NaN',
  '99999999999999999999',
  '%',
  '\0',
  LONG,
  '<&>',
  '[]',
];

type Parameters = [name: string, value: string][];
const encode = (parameters: Parameters) => String(new URLSearchParams(parameters));

/** The members as the Query protocol names them. */
function parametersOf(action: string, input: Record<string, unknown>): Parameters {
  const members = Object.entries(input).flatMap(
    ([name, value]): Parameters =>
      Array.isArray(value)
        ? value.map((item, index) => [`${name}.member.${index + 1}`, String(item)])
        : [[name, String(value)]],
  );
  return [['Action', action], ['Version', '2011-01-01'], ...members];
}

export const writeForm = (action: string, input: Record<string, unknown>) =>
  encode(parametersOf(action, input));

/** Bodies of the Query protocol. @param names of members that the valid body may lack */
export function oddForm(action: string, valid: Record<string, unknown>, names: string[]): OddBody[] {
  const parameters = parametersOf(action, valid);
  const withMember = (name: string, ...more: Parameters) =>
    encode([...parameters.filter(([other]) => other.split('.')[0] !== name), ...more]);
  const whole = encode(parameters);
  return [
    ...names.flatMap((name) => [
      ...ODD_TEXTS.map((text) => odd(`${name} = ${text.slice(0, 30)}`, withMember(name, [name, text]))),
      ...ODD_TEXTS.map((text) =>
        odd(`${name}.member.${text.slice(0, 30)}`, withMember(name, [`${name}.member.${text}`, 'x'])),
      ),
      odd(`without ${name}`, withMember(name)),
      odd(`${name} as text and list`, withMember(name, [name, 'x'], [`${name}.member.1`, 'y'])),
      odd(`${name} as structure`, withMember(name, [`${name}.Key`, 'x'])),
      odd(`${name} twice`, withMember(name, [name, 'x'], [name, 'y'])),
    ]),
    odd('an empty body', ''),
    odd('no action', withMember('Action')),
    odd('a list of actions', `Action.member.1=${action}`),
    odd('actions', `${whole}&Action=__proto__`),
    odd('JSON', JSON.stringify(valid)),
    odd('broken escapes', `${whole}&%zz=%&%ff=%ff`),
    odd('no UTF-8', Buffer.concat([Buffer.from(`${whole}&x=`), NO_UTF8])),
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].flatMap((name) => [
      odd(name, `${whole}&${name}=x`),
      odd(`${name} as list`, `${whole}&${name}.member.1=x`),
    ]),
    odd('40,000 parameters', whole + '&x=y'.repeat(40_000)),
    odd('a list of 40,000', whole + '&X.member.1=y'.repeat(40_000)),
  ];
}

/** @param valid a document whose elements have no attributes but the root's */
export function oddXml(valid: string): OddBody[] {
  const names = [...new Set([...valid.matchAll(/<(\w+)/g)].map(([, name = '']) => name))];
  const [root = ''] = names;
  const content = valid.slice(valid.indexOf('>') + 1, valid.lastIndexOf('</'));
  const within = (text: string) => `<${root}>${text}</${root}>`;
  /** Replaces every element with this name. */
  const replaced = (name: string, replace: (element: string, inner: string) => string) =>
    valid.replace(new RegExp(`<${name}(?: [^>]*)?>(.*?)</${name}>`, 'gs'), replace);
  const type = (declarations: string) => `<!DOCTYPE ${root} [${declarations}]>`;
  const laughs = Array.from(
    { length: 12 },
    (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`,
  );
  return [
    ...names.flatMap((name) => [
      odd(
        `without ${name}`,
        replaced(name, () => ''),
      ),
      odd(
        `${name} twice`,
        replaced(name, (element) => element + element),
      ),
      odd(
        `${name} empty`,
        replaced(name, () => `<${name}/>`),
      ),
      odd(
        `${name} blank`,
        replaced(name, () => `<${name}> \n</${name}>`),
      ),
      odd(
        `${name} with children`,
        replaced(name, () => `<${name}><a>1</a><a/></${name}>`),
      ),
      odd(
        `${name} in itself`,
        replaced(name, (element) => `<${name}>${element}</${name}>`),
      ),
      odd(
        `${name} with text`,
        replaced(name, (_, inner) => `<${name}>text${inner}text</${name}>`),
      ),
      odd(
        `${name} with an unknown child`,
        replaced(name, (_, inner) => `<${name}>${inner}<Other>1</Other></${name}>`),
      ),
      odd(
        `${name} in another namespace`,
        replaced(name, (_, inner) => `<a:${name}>${inner}</a:${name}>`),
      ),
      odd(
        `${name} in another case`,
        replaced(name, (_, inner) => `<${name.toLowerCase()}>${inner}</${name.toLowerCase()}>`),
      ),
      odd(
        `${name} not closed`,
        replaced(name, (_, inner) => `<${name}>${inner}`),
      ),
      ...['__proto__', 'constructor', 'toString', '_text', '#text'].map((other) =>
        odd(
          `${name} named ${other}`,
          replaced(name, (_, inner) => `<${other}>${inner}</${other}>`),
        ),
      ),
      ...[
        '&constructor;',
        '&undefined;',
        '&amp',
        '&',
        '&#0;',
        '&#xD800;',
        '&#x110000;',
        '&#xffffffffff;',
        ']]>',
        LONG,
      ].map((text) =>
        odd(
          `${name} = ${text.slice(0, 30)}`,
          replaced(name, () => `<${name}>${text}</${name}>`),
        ),
      ),
    ]),
    ...[
      '',
      ' ',
      'text',
      '{}',
      '<',
      '<>',
      '</a>',
      '<?xml?>',
      '<!---->',
      '<![CDATA[]]>',
      '<a/>',
      '<!DOCTYPE',
    ].map((text) => odd(`the body ${text}`, text)),
    odd('another root', `<Other>${content}</Other>`),
    odd('two roots', valid + valid),
    odd('text behind', `${valid}text`),
    odd('half a document', valid.slice(0, valid.length / 2)),
    odd('no root closed', valid.slice(0, valid.lastIndexOf('</'))),
    odd('UTF-16', Buffer.from(valid, 'utf16le')),
    odd('no UTF-8', Buffer.concat([Buffer.from(`<${root}>`), NO_UTF8, Buffer.from(`</${root}>`)])),
    odd('an internal entity', type('<!ENTITY e "x">') + replaced(names.at(-1) ?? '', () => '&e;')),
    odd('an external entity', type('<!ENTITY e SYSTEM "file:///etc/passwd">') + within('&e;')),
    odd('a billion laughs', type(`<!ENTITY e0 "ha">${laughs.join('')}`) + within('&e12;')),
    odd('100,000 elements in each other', within(nested('<a>', '</a>', 100_000))),
    odd('100,000 elements', within('<Object/>'.repeat(100_000))),
    odd('100,000 references', within('&lt;'.repeat(100_000))),
    odd('100,000 attributes', `<${root} ${'a="b" '.repeat(100_000)}/>`),
    odd('100,000 open comments', within('<!--'.repeat(100_000))),
    odd('1,000,000 open tags', '<'.repeat(1_000_000)),
  ];
}

/** Bodies with the framing of aws-chunked, of this content. */
export function oddChunks(content: string): OddBody[] {
  const size = content.length.toString(16);
  const frames: [what: string, framed: string][] = [
    ['nothing', ''],
    ['no framing', content],
    ['no end', `${size}\r\n${content}\r\n`],
    ['no size', `\r\n${content}\r\n0\r\n\r\n`],
    ['no break after the chunk', `${size}\r\n${content}0\r\n\r\n`],
    ['line feeds only', `${size}\n${content}\n0\n\n`],
    ['a negative size', `-1\r\n${content}\r\n0\r\n\r\n`],
    ['a size that is not a number', `xyz\r\n${content}\r\n0\r\n\r\n`],
    ['a size too small', `1\r\n${content}\r\n0\r\n\r\n`],
    ['a size too large', `ffff\r\n${content}\r\n0\r\n\r\n`],
    ['a size of terabytes', `ffffffffffff\r\n${content}\r\n0\r\n\r\n`],
    ['a size without end', `${'f'.repeat(100_000)}\r\n${content}\r\n0\r\n\r\n`],
    ['an extension without end', `${size};${LONG}\r\n${content}\r\n0\r\n\r\n`],
    ['more than its length', `${size}\r\n${content}\r\n${size}\r\n${content}\r\n0\r\n\r\n`],
    ['bytes after its end', `${size}\r\n${content}\r\n0\r\n\r\n${content}`],
    ['a trailer without a colon', `${size}\r\n${content}\r\n0\r\ntrailer\r\n\r\n`],
    ['a trailer without end', `${size}\r\n${content}\r\n0\r\nx-amz-checksum-crc32:${LONG}`],
    [
      '10,000 trailers',
      `${size}\r\n${content}\r\n0\r\n${Array.from({ length: 10_000 }, (_, index) => `x-${index}:y\r\n`).join('')}\r\n`,
    ],
    ['trailers of prototypes', `${size}\r\n${content}\r\n0\r\n__proto__:x\r\nconstructor:y\r\n\r\n`],
  ];
  return frames.map(([what, framed]) => odd(what, framed));
}

/** Values of headers and query parameters that HTTP allows. */
export const ODD_PARAMETERS: readonly string[] = [
  ...['', '-1', '0', '1.5', '1e3', '0x10', '+1', 'NaN', '4294967296', '99999999999999999999'],
  ...[
    '*',
    '%',
    '%00',
    '%ff',
    '../..',
    '__proto__',
    'constructor',
    'null',
    'a,b',
    '"',
    '<&>',
    'x'.repeat(4_000),
  ],
  ...[
    'bytes=',
    'bytes=-',
    'bytes=5-1',
    'bytes=0-99999999999999999999',
    'bytes=a-b',
    'bytes=0-0,2-2',
    'items=0-1',
  ],
  ...[
    'AAAA',
    'AAAAAA==',
    '=',
    'STREAMING-',
    'Wed, 21 Oct 2015 07:28:00 GMT',
    '/',
    '//',
    'none/key',
    '?versionId=x',
  ],
];

/** One of the bodies, or the first of them with bytes replaced, removed or added. */
export function brokenBodies(valid: string, bodies: OddBody[]): fc.Arbitrary<OddBody> {
  const bytes = Buffer.from(valid);
  const splice = fc
    .tuple(fc.nat(bytes.length), fc.nat(8), fc.uint8Array({ maxLength: 8 }))
    .map(([at, removed, added]) => {
      const body = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
      return odd(`bytes at ${at}: ${removed} replaced by ${Buffer.from(added).toString('hex')}`, body);
    });
  return fc.oneof(fc.constantFrom(...bodies), splice);
}

/** JSON with any members, also with the given names. */
export function anyJson(names: string[]): fc.Arbitrary<OddBody> {
  const name = fc.oneof(fc.constantFrom('__proto__', ...names), fc.string());
  return fc
    .array(fc.tuple(name, fc.json({ maxDepth: 4 })), { maxLength: 6 })
    .map((members) => odd('any members', write(members)));
}
