/** Loaded before the code of tasks and functions: nothing of the IPC channel is visible to it. */
process.channel?.unref();
process.send = undefined;
