import type { JsonObject } from './messages.js';

/** One of the caller's threads. `thread_id` is the caller's own name for it; times are RFC 3339 in UTC. */
export interface ThreadSummary {
  readonly thread_id: string;
  readonly thread_name: string | null;
  readonly user_id: string;
  readonly metadata: JsonObject;
  readonly created_at: string;
  readonly updated_at: string;
  readonly run_id: string | null;
  /** By which an administrator addresses a thread of somebody else; told only where all of a tenant are listed. */
  readonly uuid?: string;
}
