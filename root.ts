/** The repository's root folder. */
export const ROOT = __dirname;
