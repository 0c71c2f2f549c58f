/** The one source of time. Injected everywhere, so that tests move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** RFC 3339 in UTC. */
export function formatTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString();
}
