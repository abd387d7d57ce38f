/** Lists by the page, with tokens that are positions. */
import { ServiceError } from './service';

/** `nextToken` is undefined on the last page. Throws a ServiceError with `invalidToken` as its code. */
export function page<Item>(
  items: Item[],
  nextToken: string | undefined,
  size: number,
  invalidToken = 'InvalidParameterException',
): { items: Item[]; nextToken: string | undefined } {
  const start = nextToken ?? '0';
  if (!/^\d{1,15}$/.test(start)) throw new ServiceError(invalidToken, 'The token is not valid.');
  const end = Number(start) + size;
  return { items: items.slice(Number(start), end), nextToken: end < items.length ? String(end) : undefined };
}
