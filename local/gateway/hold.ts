/** Holds an answer back before its first byte. */
import type { ServerResponse } from 'node:http';

/**
 * Asks `hook` when the service begins to answer, whatever the answer is. A promise that it returns is awaited with the
 * answer held back; whatever it throws cuts the connection.
 */
export function holdAnswer(response: ServerResponse, hook: () => Promise<void> | void): void {
  const held: (() => void)[] = [];
  let asked = false;

  const release = () => {
    // What covers the methods of the class goes: from here on the answer streams as if nothing had been.
    Reflect.deleteProperty(response, 'write');
    Reflect.deleteProperty(response, 'end');
    for (const call of held.splice(0)) call();
    response.emit('drain');
  };
  const ask = async () => {
    try {
      await hook();
      if (!response.destroyed) release();
    } catch {
      response.destroy();
    }
  };
  const cover = <Method extends (...args: never[]) => unknown>(method: Method, answer: unknown) =>
    ((...args: Parameters<Method>) => {
      held.push(() => method.apply(response, args));
      if (!asked) {
        asked = true;
        void ask();
      }
      return answer;
    }) as Method;
  response.write = cover(response.write, false);
  response.end = cover(response.end, response);
}
