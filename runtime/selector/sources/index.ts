/** Where the objects of an execution come from: page by page, from any place on. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectReference } from '../../contract';
import type { S3Clients } from '../../s3/clients';
import type { Page } from '../candidate';
import { type ManifestPosition, type ManifestSource, readManifest } from '../manifest';
import { SelectionError } from '../selection-error';
import { listPrefix, type PrefixPosition, type PrefixSource } from './prefix';

export type Source =
  | ({ kind: 'prefix' } & PrefixSource)
  | ({ kind: 'manifest' } & ManifestSource)
  | { kind: 'objects'; objects: ObjectReference[] };

/** A position in a source of the same kind. JSON. */
export type Position = PrefixPosition | ManifestPosition | ListPosition;

interface ListPosition {
  index: number;
}

const PAGE = 1000;
/** Breaks of a download in a row, without an entry between them. */
const MAX_BREAKS = 5;

export function readSource(
  clients: Pick<S3Clients, 'of'>,
  source: Source,
  from?: Position,
): AsyncGenerator<Page<Position>> {
  if (source.kind === 'objects') return readList(source.objects, from as ListPosition);
  const s3 = clients.of(source.bucket);
  if (source.kind === 'prefix') return listPrefix(s3, source, from as PrefixPosition);
  return afterBreaks((place) => readManifest(s3, source, place), from as ManifestPosition);
}

async function* readList(
  objects: ObjectReference[],
  { index }: ListPosition = { index: 0 },
): AsyncGenerator<Page<ListPosition>> {
  for (let start = index; start < objects.length; start += PAGE) {
    const candidates = objects.slice(start, start + PAGE).map(({ Key }) => ({ key: Key }));
    yield { candidates, next: { index: start + PAGE } };
  }
}

/** Goes on where a download broke off: it is open for as long as its entries take, and S3 closes idle connections. */
async function* afterBreaks<P>(
  open: (from?: P) => AsyncGenerator<Page<P>>,
  from?: P,
): AsyncGenerator<Page<P>> {
  let place = from;
  for (let breaks = 0; ; ) {
    try {
      for await (const page of open(place)) {
        place = page.next;
        breaks = 0;
        yield page;
      }
      return;
    } catch (error) {
      if (error instanceof SelectionError || ++breaks > MAX_BREAKS) throw error;
      await delay(100 * 2 ** breaks);
    }
  }
}
