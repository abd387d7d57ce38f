import type { ServerResponse } from 'node:http';

/**
 * Holds a response back before its first byte. Asks `hook` when the service begins to respond, be it with an error; a promise
 * that it returns is awaited, and whatever it throws cuts the connection.
 */
export function holdResponse(response: ServerResponse, hook: () => Promise<void> | void): void {
  const deferred: (() => void)[] = [];
  const release = async () => {
    try {
      await hook();
    } catch {
      response.destroy();
    }
    if (response.destroyed) return;
    // The methods of the class come to light again: from here on the response streams as if nothing had been.
    Reflect.deleteProperty(response, 'write');
    Reflect.deleteProperty(response, 'end');
    for (const call of deferred.splice(0)) call();
    response.emit('drain');
  };
  const defer = <Method extends (...args: never[]) => unknown>(method: Method, result: unknown) =>
    ((...args: Parameters<Method>) => {
      deferred.push(() => method.apply(response, args));
      if (deferred.length === 1) void release();
      return result;
    }) as Method;
  response.write = defer(response.write, false);
  response.end = defer(response.end, response);
}
