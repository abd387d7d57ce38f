import { isUtf8 } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { XMLBuilder } from 'fast-xml-parser';
// Strict about what is well-formed, linear in time, and blind to entities that a document declares for itself.
import sax from 'sax';
import * as z from 'zod';
import { s3Error } from './errors';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Keys may contain control characters. Like S3, this writes them as character references, which parsers turn back. */
function escapeText(value: unknown): string {
  return String(value).replace(/[&<>"\p{Cc}\ufffe\uffff]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  processEntities: false,
  tagValueProcessor: (_name, value) => escapeText(value),
});

/** Sends one XML document; members that are undefined are left out. */
export function sendXml(response: ServerResponse, root: string, content: object, statusCode = 200): void {
  const attributes = root === 'Error' ? {} : { '@_xmlns': NAMESPACE };
  const document = builder.build({ [root]: { ...attributes, ...content } });
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${document}`);
  response
    .writeHead(statusCode, { 'content-type': 'application/xml', 'content-length': body.length })
    .end(body);
}

/** An element that appears once. */
export const single = <Schema extends z.ZodType>(schema: Schema) =>
  z.tuple([schema]).transform(([content]) => content as z.output<Schema>);

/** Elements of one name; their number is checked before any of them. */
export const several = <Schema extends z.ZodType>(schema: Schema, maximum: number) =>
  z.array(z.unknown()).min(1).max(maximum).pipe(z.array(schema));

/** The content of the document's root, as the schema gives it back. Throws MalformedXML. */
export function readXml<Schema extends z.ZodType>(
  body: Buffer,
  root: string,
  schema: Schema,
): z.output<Schema> {
  const document = isUtf8(body) ? parse(body.toString('utf8')) : undefined;
  const { success, data } = schema.safeParse(document?.name === root ? document.content : undefined);
  if (success) return data;
  throw s3Error('MalformedXML');
}

/** Text, or the contents of the children by their names. */
type Content = string | { [name: string]: Content[] };

interface Element {
  name: string;
  text: string;
  /** None if the element has none. */
  children?: Record<string, Content[]>;
}

/** Elements in each other; no document of S3 has more than five. */
const MAX_DEPTH = 16;

/** XML 1.0 has no references to control characters. Keys of objects hold them, and S3 writes and reads them so. */
const ENTITIES: Record<string, string> = Object.assign(Object.create(null), {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" },
  ...Object.fromEntries(
    Array.from({ length: 31 }, (_, index) => index + 1).flatMap((code) => {
      const [decimal, hexadecimal] = [String(code), code.toString(16)];
      const forms = [
        decimal,
        decimal.padStart(2, '0'),
        `x${hexadecimal}`,
        `x${hexadecimal.padStart(2, '0')}`,
      ];
      return forms.map((form) => [`#${form}`, String.fromCharCode(code)]);
    }),
  ),
});

class NotWellFormed extends Error {}

/** Undefined if the text is not one well-formed document, has a document type, or mixes text with elements. */
function parse(text: string): { name: string; content: Content } | undefined {
  const open: Element[] = [];
  let root: { name: string; content: Content } | undefined;
  const fail = () => {
    throw new NotWellFormed();
  };
  const append = (more: string) => {
    const element = open.at(-1);
    if (element) element.text += more;
  };
  const parser = sax.parser(true, { position: false });
  Object.assign(parser, { ENTITIES, onerror: fail, ondoctype: fail, ontext: append, oncdata: append });
  parser.onopentag = ({ name }) => {
    if (root || open.length === MAX_DEPTH) fail();
    open.push({ name, text: '' });
  };
  parser.onclosetag = () => {
    const { name, text, children } = open.pop() as Element;
    if (children && text.trim() !== '') fail();
    const content = children ?? text;
    const parent = open.at(-1);
    if (!parent) {
      root = { name, content };
      return;
    }
    // Without a prototype, so that a child of any name is a child.
    parent.children ??= Object.create(null) as Record<string, Content[]>;
    parent.children[name] ??= [];
    parent.children[name].push(content);
  };
  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof NotWellFormed) return undefined;
    throw error;
  }
  return root;
}
