import { ServiceError } from '../../../core/service';

/** What a list is ordered by; it grows from entry to entry. */
export type Position = readonly number[];

/**
 * One page of a list, and the token of the next: a page begins after the entry where the one before ended, whatever has come or gone.
 * Throws InvalidToken. @param positionOf default: the place in the list
 */
export function page<T>(
  entries: Iterable<T>,
  { maxResults, nextToken }: { maxResults?: number; nextToken?: string },
  positionOf: (entry: T, place: number) => Position = (_, place) => [place],
): { items: T[]; nextToken?: string } {
  const after = nextToken === undefined ? undefined : readToken(nextToken);
  const items: T[] = [];
  let end: Position = [];
  let place = 0;
  for (const entry of entries) {
    const position = positionOf(entry, place++);
    if (after && compare(position, after) <= 0) continue;
    if (items.length === (maxResults || 100)) {
      return { items, nextToken: Buffer.from(`after ${end.join()}`).toString('base64url') };
    }
    items.push(entry);
    end = position;
  }
  return { items };
}

export function compare(a: Position, b: Position): number {
  const different = a.findIndex((number, index) => number !== b[index]);
  return different < 0 ? 0 : (a[different] ?? 0) - (b[different] ?? 0);
}

function readToken(token: string): Position {
  const [, numbers] = /^after (-?\d+(?:,-?\d+)*)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (numbers === undefined) throw new ServiceError('InvalidToken', `Invalid Token: '${token}'`);
  return numbers.split(',').map(Number);
}
