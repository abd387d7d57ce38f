/** Log lines of a run that a page shows, and that the server keeps for it. */
export const KEPT_LINES = 500;
