/** The key of an object, which is a link if objects have links. */
import { type Child, element } from '../dom';
import type { RunLocation } from '../run-view';

export function objectName(key: string, { objectLink }: RunLocation): Child {
  const code = element('code', {}, key);
  if (objectLink === undefined) return code;
  return element(
    'a',
    { href: objectLink + encodeURIComponent(key), download: true, title: 'Download' },
    code,
  );
}
