import type { ThreadAccess } from './grants.js';
import type { JsonObject } from './messages.js';

/**
 * A thread. `thread_id` is its owner's own name for it, and for those with whom it is shared its uuid, by which they address it;
 * times are RFC 3339 in UTC.
 */
export interface ThreadSummary {
  readonly thread_id: string;
  readonly thread_name: string | null;
  readonly user_id: string;
  readonly metadata: JsonObject;
  readonly created_at: string;
  readonly updated_at: string;
  readonly run_id: string | null;
  /** By which a thread of somebody else is addressed; told where all of a tenant are listed, and of what is shared. */
  readonly uuid?: string;
  /** What its owner has shared it for; told only of a thread that is shared with the caller. */
  readonly access?: ThreadAccess;
}
