/** An object waits for its turn with the processor, and is read meanwhile. */
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';
import type { Attempt } from './attempt';
import type { ObjectContext } from './configured-processor';
import { storageError } from './errors/failure';
import type { Room } from './read-ahead';
import { ObjectBody } from './source/object-body';
import { closeSource, type OpenSource, openSource } from './source/open-source';

/** The slot is spent, and the object had no turn: another slot processes it. */
export class ReturnedObject extends Error {}

export interface ObjectTurn {
  source: OpenSource;
  body: ObjectBody;
  waitedMilliseconds: number;
  /** Calling it again does nothing. */
  end(): void;
  /** From its beginning to its end; undefined before it has ended. */
  readonly seconds: number | undefined;
}

/**
 * Reads the object while it waits, if there is room for it. Else it is opened again when it has its turn, since S3 does not hold a
 * connection open on which nobody reads. Throws a TaskError, or ReturnedObject.
 */
export async function takeTurn(
  found: OpenSource,
  attempt: Attempt,
  room: Room,
  { turn, s3, onStage, isSpent }: ObjectContext,
): Promise<ObjectTurn> {
  const { bucket, key, size } = found;
  const isWaiting = turn.isTaken;
  const isAhead = room.hold(size) && isWaiting;
  if (!isAhead) room.release();
  const isClosed = isWaiting && !isAhead;
  if (isClosed) closeSource(found);
  const ahead = isAhead ? bodyOf(found, attempt, size) : undefined;
  const waitsFrom = Date.now();
  const endTurn = await turn.take();
  // A processor that never waits would keep the process from all else: what the last object has written goes out first, and its result.
  await nextTurnOfLoop();
  const beganAt = Date.now();
  const waitedMilliseconds = beganAt - waitsFrom;
  let seconds: number | undefined;
  const end = () => {
    seconds ??= (Date.now() - beganAt) / 1000;
    room.release();
    endTurn();
  };
  try {
    if (isSpent()) throw new ReturnedObject();
    const source = isClosed ? await openSource(s3.store(bucket), key) : found;
    onStage('processing');
    return {
      source,
      body: ahead ?? bodyOf(source, attempt),
      waitedMilliseconds,
      end,
      get seconds() {
        return seconds;
      },
    };
  } catch (error) {
    ahead?.destroy();
    end();
    throw error;
  }
}

function bodyOf({ stream, key }: OpenSource, attempt: Attempt, aheadBytes?: number): ObjectBody {
  const onBreak = (error: unknown, isBeingRead: boolean) => {
    const failure = storageError(error, `reading ${key} broke off`);
    if (isBeingRead) attempt.fail(failure);
    else attempt.failure ??= failure;
  };
  return new ObjectBody(stream, key, onBreak, aheadBytes);
}
