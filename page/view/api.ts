/** The server of this page. */
import type { RunEvent, RunList } from '../run-view';

const pathOf = (name: string) => `/api/runs/${encodeURIComponent(name)}`;

/** Throws an Error whose message is for people. */
async function ask<Answer>(path: string, method: 'GET' | 'POST' = 'GET'): Promise<Answer> {
  const response = await fetch(path, { method }).catch(() => {
    throw new Error('The server does not answer: start it again (npm run view).');
  });
  const text = await response.text();
  if (!response.headers.get('content-type')?.includes('json')) throw new Error(text.trim());
  const answer = JSON.parse(text);
  if (!response.ok) throw new Error(answer.problem);
  return answer;
}

export const readRuns = (): Promise<RunList> => ask('/api/runs');

export const stopRun = (name: string): Promise<object> => ask(`${pathOf(name)}/stop`, 'POST');

export const retryFailed = (name: string): Promise<{ name: string }> => ask(`${pathOf(name)}/retry`, 'POST');

/** `onOpen`: the server sends everything from the beginning. `onLost`: it does not answer; the browser tries again by itself. */
export function followRun(
  name: string,
  { onOpen, onEvent, onLost }: { onOpen(): void; onEvent(event: RunEvent): void; onLost(): void },
): void {
  const events = new EventSource(pathOf(name));
  events.addEventListener('open', onOpen);
  events.addEventListener('message', ({ data }) => {
    const event: RunEvent = JSON.parse(data);
    onEvent(event);
    // A browser has six connections to a server, for all its tabs together.
    if ('isOver' in event) events.close();
  });
  events.addEventListener('error', onLost);
}

export const runLink = (name: string): string => `/runs/${encodeURIComponent(name)}`;
