/** What has been brought back from a provider: each once, on whichever instance. */
export interface SignInStore {
  /**
   * Marks an attempt as used. False where it was used before; of those who try at the same time, one succeeds. Remembered until `expiresAt`,
   * in milliseconds since the epoch, after which the attempt itself is refused.
   */
  use(attempt: string, expiresAt: number): Promise<boolean>;
}
