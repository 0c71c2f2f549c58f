/** A place in a list that is ordered by time, the latest first; `id` parts what is of the same moment. */
export interface PagePosition {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly id: string;
}

/** A part of a list: AgentFlow's `offset`, or whatever comes after a place, which stays exact while the list grows. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
  readonly after?: PagePosition | undefined;
}
