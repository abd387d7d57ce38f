import type { ServerResponse } from 'node:http';
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { s3Error } from './errors';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Control characters may stand in keys; like S3, write them as character references, which parsers turn back. */
function escapeText(value: unknown): string {
  return String(value).replace(/[&<>"\p{Cc}\ufffe\uffff]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  processEntities: false,
  tagValueProcessor: (_name, value) => escapeText(value),
});

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (name) => name === 'Object' || name === 'Part',
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

/** Content of the root element; every text is a string, `Object` and `Part` are lists. Throws MalformedXML. */
export function parseXml(body: Buffer, root: string): Record<string, unknown> {
  try {
    const content = parser.parse(body.toString('utf8'))[root];
    if (typeof content === 'object') return content;
  } catch {
    // Said below: to a client, whatever does not parse is the same as what is no such document.
  }
  throw s3Error('MalformedXML');
}
