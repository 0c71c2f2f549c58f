/** The one clock of the page: milliseconds since 1970. */
export function now(): number {
  return Date.now();
}
