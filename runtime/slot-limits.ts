/** Numbers that workers, the workflow (asl/) and the plan of a run agree on. */

/**
 * Tasks that a slot has at a time: one that it processes and, when that is almost done, the next one. The map has as many children for each
 * slot, so that there is a next one.
 */
export const TASKS_PER_SLOT = 2;

/** Connections to S3 that a slot has for its objects: this many are enough for all objects in flight, since each waits most of its time. */
export const SLOT_CONNECTIONS = 16;

/** A slot is almost done when its processor is expected to need at most this time for all objects of the slot. */
export const ALMOST_DONE_SECONDS = 1;

/** Workers that may die with a task in hand. */
export const MAX_DEATHS = 20;
