/** The one source of time. Injected everywhere, so that tests move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** The last moment that can be written (ECMA-262 §21.4.1.1), in milliseconds since the epoch. */
export const lastTime = 8_640_000_000_000_000;

/** RFC 3339 in UTC. */
export function formatTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString();
}
