const shownLength = 60;

/** A pattern as messages show it: a long one is cut. */
export function quotePattern(pattern: string): string {
  return JSON.stringify(pattern.length > shownLength ? `${pattern.slice(0, shownLength)}…` : pattern);
}
