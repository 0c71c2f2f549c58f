/**
 * Word that something kept here has changed, from whichever process changed it. Word may come twice, and may be lost where a
 * connection breaks: who follows something looks for itself every so often, and word only makes it look sooner.
 */
export interface ChangeFeed {
  /**
   * Calls `listener` after each change of `topic`, and once whenever word may have been missed. It must not throw.
   * @returns stops listening
   */
  listen(topic: ChangeTopic, listener: () => void): () => void;
}

export type ChangeTopic = 'policy' | 'revocations';
