/** A line of the policy: `line` is the section and its values, as in Casbin's CSV. */
export interface PolicyLineResource {
  readonly id: number;
  readonly line: readonly string[];
}

export interface PolicyListResponse {
  /** Of the policy that decides. A request with `X-Policy-Revision` is decided by this one or a later one. */
  readonly revision: number;
  readonly lines: readonly PolicyLineResource[];
  readonly next_cursor: string | null;
}

/** What a change has come to. Lines that were there already, or were not there, are not among these. */
export interface PolicyChangeResponse {
  readonly revision: number;
  readonly added: readonly PolicyLineResource[];
  readonly removed: readonly PolicyLineResource[];
}
