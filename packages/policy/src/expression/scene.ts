import type { RoleGraph } from '../roles/role-graph.js';
import type { RequestValue } from './value.js';

/** What an expression is evaluated over: one request, and one rule after another. Made for each decision. */
export interface Scene {
  /** Undefined for a field that is open: whatever is asked of it is not known. */
  readonly request: readonly (RequestValue | undefined)[];
  /** In the order of the model's links. */
  readonly graphs: readonly RoleGraph[];
  /** The names of who asks, for each link whose member the request names; filled as they are asked for. */
  readonly names: (ReadonlySet<string> | undefined)[];
  rule: readonly string[];
}
