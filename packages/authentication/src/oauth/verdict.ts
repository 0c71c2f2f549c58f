import type { Evidence, Principal } from '@agentflow/core';

/** What an answer about a token means: whose it is, or that it is no good. Of what it may be used for, it says nothing. */
export type Verdict =
  | { readonly kind: 'good'; readonly principal: Principal; readonly evidence: Evidence }
  | { readonly kind: 'bad'; readonly reason: string };
