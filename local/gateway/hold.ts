import type { ServerResponse } from 'node:http';

/**
 * Holds an answer back before its first byte. Asks `hook` when the service begins to answer, whatever the answer is; a promise
 * that it returns is awaited, and whatever it throws cuts the connection.
 */
export function holdAnswer(response: ServerResponse, hook: () => Promise<void> | void): void {
  const held: (() => void)[] = [];
  const ask = async () => {
    try {
      await hook();
    } catch {
      response.destroy();
    }
    if (response.destroyed) return;
    // What covers the methods of the class goes: from here on the answer streams as if nothing had been.
    Reflect.deleteProperty(response, 'write');
    Reflect.deleteProperty(response, 'end');
    for (const call of held.splice(0)) call();
    response.emit('drain');
  };
  const cover = <Method extends (...args: never[]) => unknown>(method: Method, answer: unknown) =>
    ((...args: Parameters<Method>) => {
      held.push(() => method.apply(response, args));
      if (held.length === 1) void ask();
      return answer;
    }) as Method;
  response.write = cover(response.write, false);
  response.end = cover(response.end, response);
}
