import type { BackendSurroundings, Log } from '@agentflow/core';

/** What this backend is made with, beside its options. */
export interface OAuthSurroundings extends BackendSurroundings {
  /** For what happens after the start. */
  readonly log: Log;
  /** Of a mere validation, which asks nobody. */
  readonly isTrial: boolean;
  /** Whether it takes the place of another that serves: what that one knew of a provider need not be fetched anew. */
  readonly isReload?: boolean;
}
