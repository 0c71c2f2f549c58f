import type { JsonObject } from '@agentflow/protocol';

/** What an operator asks a policy: whether somebody may do something, and why. Nothing of it is about the caller. */
export interface PolicyQuestion {
  /** A name as policies know them: a principal's, or a role's. Absent: somebody whom the policy does not name. */
  readonly who?: string | undefined;
  /** Of their credential. */
  readonly roles?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  readonly realm?: string | undefined;
  /** What else is vouched for. */
  readonly claims?: JsonObject | undefined;
  /** `graph:invoke` */
  readonly does: string;
  /** Which thread, tool or node. */
  readonly on?: string | undefined;
}
