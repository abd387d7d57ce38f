/** Where in the bucket things are; each ends with `/`. The stack's policies and outputs, and the client's defaults. */
export const PREFIXES = { output: 'processed/', results: 'results/', manifests: 'manifests/' } as const;
