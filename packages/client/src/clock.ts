/** Milliseconds since 1970, of the machine that the client runs on: for expiry, `Retry-After` and stamps. */
export function now(): number {
  return Date.now();
}
