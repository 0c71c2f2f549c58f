import type { InvokeMeta } from './graph.js';

/** The answer to a delivery of a webhook. */
export type WebhookResponse =
  /** It has started a run. */
  | {
      readonly accepted: true;
      readonly duplicate: false;
      readonly runId: string;
      readonly threadId: string;
      /** How the run has ended; absent where the answer does not wait for that. */
      readonly status?: InvokeMeta['status'];
    }
  /** It has come before, and has started its run then. */
  | { readonly accepted: true; readonly duplicate: true };
