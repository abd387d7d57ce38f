import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import * as z from 'zod';
import { restJson } from '../../../../../local/core/gateway/protocols/rest-json';
import { HttpAnswer, operation, ServiceError } from '../../../../../local/core/service';

const declared = { input: z.object({}), run: () => undefined };
const OPERATIONS = {
  Put: operation({
    ...declared,
    http: {
      method: 'POST',
      path: '/things/{Name}/parts',
      headers: { Kind: 'x-kind' },
      query: { Page: 'page-size' },
      payload: 'Body',
    },
  }),
  Get: operation({ ...declared, http: { method: 'GET', path: '/things/{Name}' } }),
  List: operation({ ...declared, http: { method: 'GET', path: '/things/' } }),
};

describe('requests of a REST API', () => {
  const parse = (method: string, url: string, headers = {}, body = '') =>
    restJson.parse({ method, url, headers } as IncomingMessage, Buffer.from(body), OPERATIONS);

  it('have members in the path, the query, the headers and the body', () => {
    const { action, input } = parse(
      'POST',
      '/things/a%2Fb/parts?page-size=2&other=1',
      { 'x-kind': 'k' },
      'text',
    );
    expect(action).to.equal('Put');
    expect(input).to.deep.equal({ Name: 'a/b', Kind: 'k', Page: '2', Body: Buffer.from('text') });
  });

  it('name their operation by method and path, with or without a slash at the end', () => {
    expect(parse('GET', '/things/x').action).to.equal('Get');
    for (const url of ['/things', '/things/', '/things?a=b'])
      expect(parse('GET', url).action, url).to.equal('List');
    expect(parse('DELETE', '/things/x?a=b').action).to.equal('DELETE /things/x');
    expect(parse('GET', '/things//parts').action).to.equal('GET /things//parts');
  });

  it('are refused if the path is not URL-encoded', () => {
    expect(() => parse('GET', '/things/%zz')).to.throw(ServiceError, '%zz of the path is not URL-encoded');
  });

  it('are answered with JSON, or with an answer that the operation makes itself', () => {
    expect(restJson.answer('Get', { a: 1 }, 'id')).to.deep.include({ statusCode: 200, body: '{"a":1}' });
    const answer = restJson.answer('Put', new HttpAnswer(202, { 'x-a': 'b' }), 'id');
    expect(answer.statusCode).to.equal(202);
    expect(answer.headers).to.deep.equal({ 'content-type': 'application/json', 'x-a': 'b' });
  });
});
