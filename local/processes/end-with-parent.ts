/**
 * Loaded before a child's own code: the child, and what it started, end when the local cloud's process does, however
 * that ends (SIGKILL leaves no chance to tell). The IPC channel closes then.
 */
process.once('disconnect', () => {
  // Compiled, this lies in the folder for the run's temporary files, and whoever should have removed that is gone.
  require('node:fs').rmSync(__dirname, { recursive: true, force: true });
  process.kill(-process.pid, 'SIGKILL');
});
