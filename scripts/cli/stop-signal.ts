/** Aborted by SIGINT (Ctrl-C) and SIGTERM, with an error that names the signal: listeners stop cleanly. */
export function stopSignal(): AbortSignal {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interruption.abort(new Error(`Stopped by ${signal}.`)));
  }
  return interruption.signal;
}
