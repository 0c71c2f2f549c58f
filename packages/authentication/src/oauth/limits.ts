/** A longer token is refused unasked: no header field of ours needs as much. */
export const maxTokenLength = 8192;

/** More than anybody says about one token. In bytes. */
export const maxAnswerBytes = 64 * 1024;

/** How such an answer may be built. */
export const answerLimits = { maxDepth: 16, maxValues: 1000 } as const;

/** Of keys and metadata. In bytes. */
export const maxDocumentBytes = 512 * 1024;

export const documentLimits = { maxDepth: 16, maxValues: 5000 } as const;

/** Tokens that are remembered, of each kind. Good and bad ones apart, so that no flood of bad ones pushes out good ones. */
export const maxRememberedTokens = 10_000;

/** What is remembered of good ones, all together. In characters of JSON. */
export const maxRememberedCharacters = 64 * 1024 * 1024;

/** A token that has just been refused is not asked about again. In milliseconds. */
export const refusalMilliseconds = 5_000;
