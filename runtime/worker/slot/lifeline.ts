/** File descriptor, in a slot, of the pipe that stays open as long as the worker lives. */
export const LIFELINE = 4;
