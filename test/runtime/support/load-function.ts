/** The module of a Lambda function, as in a process that starts: it reads its environment, and has no connection yet. */
export function loadFunction<Module>(path: string): Module {
  delete require.cache[require.resolve(path)];
  return require(path);
}
