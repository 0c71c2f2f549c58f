/** One delivery of a webhook, by what is kept of it. */
export interface DeliveryKey {
  readonly hook: string;
  /** Of its id, in hexadecimal. */
  readonly digest: string;
}

export interface DeliveryClaim extends DeliveryKey {
  /** Whoever takes it, by a random name of their own. */
  readonly holder: string;
}

/** Which deliveries of webhooks have come. Times in milliseconds. */
export interface DeliveryStore {
  /**
   * Takes a delivery, for one of all who ask at the same time: `taken` is theirs. `held`: another has it, and may yet fail; `done`: it has
   * had its effect. What is forgotten is removed by the way.
   * @param holdFor after which another may take it, should its holder have died
   * @param rememberFor after which it may come again
   */
  take(
    claim: DeliveryClaim,
    times: { readonly holdFor: number; readonly rememberFor: number },
  ): Promise<'taken' | 'held' | 'done'>;
  /** Holds it for longer, where the holder still has it. */
  renew(claim: DeliveryClaim, holdFor: number): Promise<void>;
  /** It has had its effect, and has no other for as long as it is remembered. */
  finish(claim: DeliveryClaim): Promise<void>;
  /** It has had no effect, and may come again. */
  release(claim: DeliveryClaim): Promise<void>;
}
